// The layers of an event package: how far each is, which optional ones are wanted, and what is known of newer versions.
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { EventInfo, Layer, PackageId, PackageSummary } from '../../../contract/index.ts';
import { setLayers } from '../../actions/packages.ts';
import { openDialog } from '../../actions/view.ts';
import { Button } from '../../components/button.tsx';
import { Disclosure } from '../../components/disclosure.tsx';
import { CheckBox } from '../../components/field.tsx';
import { Icon, type IconName } from '../../components/icon.tsx';
import { Meter } from '../../components/meter.tsx';
import { useNow } from '../../components/use-now.ts';
import { formatBytes, formatMoment, formatPercent, shareOf } from '../../format.ts';
import { neededBy, needs, optionalOf, withRequired } from '../../layers.ts';
import { UpdateLine } from './update-line.tsx';
import styles from './detail.module.css';

const icons: Record<Layer['state'], IconName> = {
  'left-out': 'close', waiting: 'clock', getting: 'down', checking: 'check-files', sealed: 'lock', ready: 'done', refused: 'problem',
};

/** The state of a layer in words. */
function useStateWords(layer: Layer, event: EventInfo): string {
  const { t } = useTranslation();
  const now = useNow(false);
  if (layer.state === 'sealed' && event.startsAt !== null && event.startsAt > now) return t('layer.sealedUntil', { when: formatMoment(event.startsAt, now) });
  return t(`layer.${layer.state}`, { percent: formatPercent(shareOf(layer.bytesDone, layer.bytesTotal)) });
}

interface Choice { wanted: ReadonlySet<string>; choose: (layer: string, on: boolean) => void }
interface LineProps extends Choice { id: PackageId; layer: Layer; all: Layer[]; event: EventInfo }

/** What is chosen: at once what was clicked, then what the core says. */
function useChoice(id: PackageId, layers: Layer[]): Choice {
  const told = useMemo(() => withRequired(layers, new Set(layers.filter((layer) => layer.chosen).map((layer) => layer.id))), [layers]);
  /** `since`: the layers as they were when the core had answered; what comes after them counts again. */
  const [clicked, setClicked] = useState<{ wanted: ReadonlySet<string>; since: Layer[] | null } | null>(null);
  const newest = useRef(layers);
  useEffect(() => {
    newest.current = layers;
    setClicked((now) => (now?.since && now.since !== layers ? null : now));
  }, [layers]);
  const wanted = clicked?.wanted ?? told;
  return {
    wanted,
    choose(layer, on) {
      const chosen = new Set(wanted);
      if (on) chosen.add(layer);
      else chosen.delete(layer);
      const next = withRequired(layers, chosen);
      setClicked({ wanted: next, since: null });
      void setLayers(id, optionalOf(layers, next)).then((ok) => setClicked((now) => (now?.wanted !== next ? now : ok ? { wanted: next, since: newest.current } : null)));
    },
  };
}

function Line({ layer, all, event, wanted, choose }: LineProps) {
  const { t } = useTranslation();
  const words = useStateWords(layer, event);
  const by = neededBy(all, wanted, layer.id);
  const its = needs(all, layer.id);
  const chosen = wanted.has(layer.id);
  const note = by.length > 0 && !layer.required ? t('event.neededBy', { names: by.join(', ') }) : its.length > 0 && !chosen ? t('event.needs', { names: its.join(', ') }) : null;
  return (
    <li className={styles.layer}>
      {layer.required
        ? <span className={styles.layerMark} title={t('event.required')}><Icon name="lock" size={14} /><span className="visually-hidden">{t('event.required')}</span></span>
        : <CheckBox aria-label={t('layer.choose', { name: layer.title })} checked={chosen} disabled={by.length > 0} onChange={(on) => choose(layer.id, on)} />}
      <span className={styles.layerTitle} title={layer.title}>{layer.title}</span>
      <Meter name={layer.title} value={words} share={shareOf(layer.bytesDone, layer.bytesTotal)} />
      <span className={styles.layerState} data-state={layer.state}><Icon name={icons[layer.state]} size={14} /><span>{words}{note && `. ${note}`}</span></span>
      <span className={styles.layerSize}>{formatBytes(layer.bytesTotal)}</span>
    </li>
  );
}

/** The parts of a live event: one line for all, and a list on the second level. */
function Parts({ parts, ...rest }: Omit<LineProps, 'layer'> & { parts: Layer[] }) {
  const { t } = useTranslation();
  const ready = parts.filter((part) => part.state === 'ready').length;
  return (
    <>
      <div className={styles.update}>
        <Icon name="play" /><span>{t('layer.parts', { count: parts.length, ready })}</span>
        {ready > 0 && <Button small icon="play" onClick={() => openDialog({ kind: 'player', id: rest.id, index: null })}>{t('player.watch')}</Button>}
      </div>
      <Disclosure summary={t('layer.eachPart')}>
        <ul>{[...parts].reverse().map((part) => <Line key={part.id} layer={part} {...rest} />)}</ul>
      </Disclosure>
    </>
  );
}

export function Layers({ one, event }: { one: PackageSummary; event: EventInfo }) {
  const { t } = useTranslation();
  const { layers } = one;
  const choice = useChoice(one.id, layers);
  const parts = layers.filter((layer) => layer.segment !== null).sort((a, b) => (a.segment ?? 0) - (b.segment ?? 0));
  const rest = { id: one.id, all: layers, event, ...choice };
  return (
    <section className={styles.layers} aria-label={t('event.layers')}>
      <h3>{t('event.layers')}</h3>
      <ul>{layers.filter((layer) => layer.segment === null).map((layer) => <Line key={layer.id} layer={layer} {...rest} />)}</ul>
      {parts.length > 0 && <Parts parts={parts} {...rest} />}
      <UpdateLine id={one.id} event={event} />
    </section>
  );
}
