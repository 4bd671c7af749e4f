// Steps for a place or a kind of network: hotels, hotspots, a provider that shares addresses, two routers, VPNs.
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Connectivity } from '../../../contract/index.ts';
import { inputClass } from '../../components/field.tsx';
import { Sources, useGuide } from './router-advice.tsx';
import { fillStep, loadPlace, places } from './router-guides.ts';
import { ValuesTable } from './values-table.tsx';
import { valuesOf } from './verdict-words.ts';
import styles from './connectivity.module.css';

export function PlaceSteps({ id, report }: { id: string; report: Connectivity }) {
  const { t } = useTranslation();
  const { guide, failed } = useGuide(loadPlace, id);
  const { address6, port } = valuesOf(report);
  if (!guide) return <p className={styles.soft}>{t(failed ? 'connectivity.guide.failed' : 'library.loading')}</p>;
  const unknown = { address: t('connectivity.guide.ownAddress'), port: t('connectivity.guide.ownPort') };
  return (
    <div className={styles.part}>
      <h4>{guide.title}</h4>
      <p>{guide.lead}</p>
      {id === 'ipv6-firewall' && <ValuesTable report={report} family={6} />}
      <ol className={styles.steps}>{guide.steps.map((step) => <li key={step}>{fillStep(step, { address: address6, port }, unknown)}</li>)}</ol>
      <Sources sources={guide.sources} checked={guide.checked} verified={guide.verified} />
    </div>
  );
}

/** All places to choose from, for somebody who knows better where they are. */
export function PlaceChoice({ report }: { report: Connectivity }) {
  const { t } = useTranslation();
  const select = useId();
  const [id, setId] = useState('');
  return (
    <>
      <div className={styles.choice}>
        <label htmlFor={select}>{t('connectivity.place.choose')}</label>
        <select id={select} className={inputClass} value={id} onChange={(event) => setId(event.target.value)}>
          <option value="">{t('connectivity.place.none')}</option>
          {places.map((place) => <option key={place.id} value={place.id}>{place.title}</option>)}
        </select>
      </div>
      {id && <PlaceSteps id={id} report={report} />}
    </>
  );
}
