// The router that was found, the guide that fits it, what to enter there, and the steps.
import { useEffect, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ActionKind, Connectivity } from '../../../contract/index.ts';
import { openRouterPage } from '../../actions/connectivity.ts';
import { Button } from '../../components/button.tsx';
import { Disclosure } from '../../components/disclosure.tsx';
import { inputClass } from '../../components/field.tsx';
import { formatDay } from '../../format.ts';
import { useCan, useSession } from '../../stores/session-store.ts';
import { fillStep, genericId, guideFor, loadMaker, makers, partsFor, type GuidePart, type GuideSource, type MakerGuide } from './router-guides.ts';
import { Sketch, sketches } from './sketches.tsx';
import { ValuesTable } from './values-table.tsx';
import { valuesOf } from './verdict-words.ts';
import styles from './connectivity.module.css';

const byName = [...makers].sort((a, b) => a.name.localeCompare(b.name));

/** A guide that is loaded when it is looked at; null while it comes. */
export function useGuide<T>(load: (id: string) => Promise<T> | null, id: string): { guide: T | null; failed: boolean } {
  const [loaded, setLoaded] = useState<{ id: string; guide: T | null; failed: boolean }>({ id: '', guide: null, failed: false });
  useEffect(() => {
    let wanted = true;
    const keep = (guide: T | null, failed: boolean): void => { if (wanted) setLoaded({ id, guide, failed }); };
    const coming = load(id);
    if (coming) coming.then((guide) => keep(guide, false), () => keep(null, true));
    else keep(null, true);
    return () => { wanted = false; };
  }, [load, id]);
  return loaded.id === id ? loaded : { guide: null, failed: false };
}

/** Where the steps come from and when they were compared. */
export function Sources({ sources, checked, verified }: { sources: readonly GuideSource[]; checked: string; verified: boolean }) {
  const { t } = useTranslation();
  const inBrowser = useSession((state) => state.host?.kind === 'headless');
  return (
    <div className={styles.sources}>
      <p>{t(verified ? 'connectivity.guide.checked' : 'connectivity.guide.unverified', { day: formatDay(Date.parse(checked)) })}</p>
      <ul className="selectable">
        {sources.map(({ title, url }) => <li key={url}>{title}: {inBrowser ? <a href={url} target="_blank" rel="noreferrer noopener">{url}</a> : url}</li>)}
      </ul>
    </div>
  );
}

function Parts({ guide, parts, report }: { guide: MakerGuide; parts: readonly GuidePart[]; report: Connectivity }) {
  const { t } = useTranslation();
  const values = valuesOf(report);
  const unknown = { address: t('connectivity.guide.ownAddress'), port: t('connectivity.guide.ownPort') };
  return (
    <>
      {parts.includes('forwarding') && <ValuesTable report={report} />}
      {parts.map((part) => (
        <div key={part} className={styles.part}>
          <h4>{t(`connectivity.guide.part.${part}`)}</h4>
          <ol className={styles.steps}>{guide[part]?.map((step) => <li key={step}>{fillStep(step, values, unknown)}</li>)}</ol>
        </div>
      ))}
    </>
  );
}

function MakerSteps({ guide, kind, report }: { guide: MakerGuide; kind: ActionKind; report: Connectivity }) {
  const { t } = useTranslation();
  const { first, otherwise } = partsFor(kind);
  // What is true of every router stands in the guide of the place already.
  if (first.includes('bridge') && (!guide.bridge || guide.id === genericId)) return <p>{t('connectivity.guide.noBridge')}</p>;
  return (
    <>
      {guide.note && <p>{guide.note}</p>}
      <p>{t('connectivity.guide.page')} <span className="selectable">{guide.pages.join(', ')}</span></p>
      {guide.id === genericId && <ul className={styles.sketches}>{sketches.map((name) => <li key={name}><Sketch name={name} /><span aria-hidden="true">{t(`connectivity.sketch.${name}`)}</span></li>)}</ul>}
      <Parts guide={guide} parts={first} report={report} />
      {otherwise.length > 0 && (
        <Disclosure summary={t(otherwise.includes('upnp') ? 'connectivity.guide.upnpInstead' : 'connectivity.guide.byHand')}>
          <div className={styles.otherwise}><Parts guide={guide} parts={otherwise} report={report} /></div>
        </Disclosure>
      )}
      <Sources sources={guide.sources} checked={guide.checked} verified={guide.verified} />
    </>
  );
}

export function RouterLine({ report }: { report: Connectivity }) {
  const { t } = useTranslation();
  const can = useCan();
  const inBrowser = useSession((state) => state.host?.kind === 'headless');
  const { gateway } = report;
  if (!gateway) return <p>{t('connectivity.router.none')}</p>;
  const name = [gateway.manufacturer, gateway.model].filter(Boolean).join(' ');
  return (
    <div className={styles.router}>
      <p>{t(name ? 'connectivity.router.found' : 'connectivity.router.address', { name, address: gateway.address })}</p>
      {can.openRouterPage && <Button onClick={() => void openRouterPage()}>{t('connectivity.router.open')}</Button>}
      {!can.openRouterPage && inBrowser && gateway.pageUrl && /^https?:\/\//.test(gateway.pageUrl) && <a href={gateway.pageUrl} target="_blank" rel="noreferrer noopener">{gateway.pageUrl}</a>}
    </div>
  );
}

export function RouterAdvice({ report, kind }: { report: Connectivity; kind: ActionKind }) {
  const { t } = useTranslation();
  const select = useId();
  const found = guideFor(report.gateway);
  const [chosen, setChosen] = useState<string | null>(null);
  const id = chosen ?? found ?? genericId;
  const { guide, failed } = useGuide(loadMaker, id);
  return (
    <>
      <RouterLine report={report} />
      <div className={styles.choice}>
        <label htmlFor={select}>{t('connectivity.guide.choose')}</label>
        <select id={select} className={inputClass} value={id} onChange={(event) => setChosen(event.target.value)}>
          <option value={genericId}>{t('connectivity.guide.generic')}</option>
          {byName.map((maker) => <option key={maker.id} value={maker.id}>{maker.name}</option>)}
        </select>
      </div>
      {guide ? <MakerSteps guide={guide} kind={kind} report={report} /> : <p className={styles.soft}>{t(failed ? 'connectivity.guide.failed' : 'library.loading')}</p>}
    </>
  );
}
