// The layers of an event package with their sizes: required ones fixed, optional ones to choose; the files of each on the second level.
import { useId, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { EventPreview, Preview } from '../../../contract/index.ts';
import { chooseLayer } from '../../actions/add.ts';
import { CheckBox } from '../../components/field.tsx';
import { Disclosure } from '../../components/disclosure.tsx';
import { FileTree } from '../../components/file-tree.tsx';
import { Icon } from '../../components/icon.tsx';
import { useNow } from '../../components/use-now.ts';
import { formatBytes, formatMoment } from '../../format.ts';
import { neededBy, needs } from '../../layers.ts';
import styles from './add-dialog.module.css';

type PreviewLayer = EventPreview['layers'][number];
interface LayersProps { event: EventPreview; files: Preview['files']; wanted: ReadonlySet<string>; /** Nothing can be chosen. */ fixed: boolean }

function Line({ event, layer, files, wanted, fixed }: LayersProps & { layer: PreviewLayer }) {
  const { t } = useTranslation();
  const now = useNow(false);
  const id = useId();
  const by = neededBy(event.layers, wanted, layer.id);
  const its = needs(event.layers, layer.id);
  const locked = fixed || layer.required || by.length > 0;
  const notes = [
    layer.required ? t('event.required') : by.length > 0 ? t('event.neededBy', { names: by.join(', ') }) : its.length > 0 ? t('event.needs', { names: its.join(', ') }) : null,
  ].filter(Boolean);
  return (
    <li className={styles.layer}>
      <label className={styles.layerLine}>
        <CheckBox checked={wanted.has(layer.id)} disabled={locked} aria-describedby={notes.length > 0 || layer.sealed ? id : undefined} onChange={(on) => chooseLayer(layer.id, on)} />
        <span className={styles.layerTitle}>{layer.title}</span>
        <span className={styles.soft}>{formatBytes(layer.bytesTotal)}</span>
      </label>
      {(notes.length > 0 || layer.sealed) && (
        <div id={id} className={styles.layerNotes}>
          {notes.map((note) => <span key={note}>{note}</span>)}
          {layer.sealed && (
            <span className={styles.withIcon}>
              <Icon name="lock" size={14} />{event.startsAt === null ? t('event.sealed') : t('event.sealedUntil', { when: formatMoment(event.startsAt, now) })}
            </span>
          )}
        </div>
      )}
      <Disclosure className={styles.layerFiles} summary={<>{t('add.files', { count: layer.fileCount })}<span className="visually-hidden"> {t('event.filesOf', { name: layer.title })}</span></>}>
        <FileTree files={files.filter((file) => file.layer === layer.id)} label={t('event.filesOf', { name: layer.title })} />
      </Disclosure>
    </li>
  );
}

/** The parts of a live event come one after another: they are one line, not one each. */
function Parts({ parts }: { parts: PreviewLayer[] }) {
  const { t } = useTranslation();
  const bytes = parts.reduce((sum, part) => sum + part.bytesTotal, 0);
  return (
    <li className={styles.layer}>
      <div className={styles.layerLine}>
        <span className={styles.partIcon}><Icon name="play" /></span>
        <span className={styles.layerTitle}>{t('event.parts', { count: parts.length })}</span>
        <span className={styles.soft}>{formatBytes(bytes)}</span>
      </div>
      <div className={styles.layerNotes}><span>{t('event.moreParts')}</span></div>
    </li>
  );
}

export function EventLayers(props: LayersProps) {
  const { t } = useTranslation();
  const { layers } = props.event;
  const parts = useMemo(() => layers.filter((layer) => layer.segment !== null), [layers]);
  return (
    <section className={styles.block} aria-label={t('event.layers')}>
      <h4>{t('event.layers')}</h4>
      <ul className={styles.layers}>
        {layers.filter((layer) => layer.segment === null).map((layer) => <Line key={layer.id} layer={layer} {...props} />)}
        {parts.length > 0 && <Parts parts={parts} />}
      </ul>
    </section>
  );
}
