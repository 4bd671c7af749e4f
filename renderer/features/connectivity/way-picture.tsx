// The way from this computer to other people as a picture, with the place that is in the way marked.
import { useTranslation } from 'react-i18next';
import type { Connectivity } from '../../../contract/index.ts';
import { wayOf, type Mark, type PlaceId } from './verdict-words.ts';
import styles from './way-picture.module.css';

const drawings: Record<PlaceId, string> = {
  computer: 'M6 9h28v19H6ZM14 34h12M20 28v6',
  vpn: 'M20 6 32 11v8c0 7-5 12-12 15C13 31 8 26 8 19v-8ZM20 17v5M17.5 16.5a2.5 2.5 0 1 1 5 0 2.5 2.5 0 0 1-5 0Z',
  router: 'M5 22h30v10H5ZM11 27h.1M16 27h.1M29 22V10M24 13c1.2-2 2.8-3.5 5-3.5s3.8 1.5 5 3.5',
  'second-router': 'M5 22h30v10H5ZM11 27h.1M16 27h.1M29 22V10M24 13c1.2-2 2.8-3.5 5-3.5s3.8 1.5 5 3.5',
  network: 'M20 31h.1M14.5 25.5a8 8 0 0 1 11 0M9.5 20a15 15 0 0 1 21 0M4.5 14.5a22 22 0 0 1 31 0',
  provider: 'M8 34V14l12-8 12 8v20ZM14 20h3M23 20h3M14 26h3M23 26h3M18 34v-4h4v4',
  internet: 'M20 6a14 14 0 1 0 0 28 14 14 0 0 0 0-28ZM6 20h28M20 6c4.5 4 6.5 9 6.5 14S24.5 30 20 34c-4.5-4-6.5-9-6.5-14S15.5 10 20 6Z',
  people: 'M14 18a5 5 0 1 0 0-10 5 5 0 0 0 0 10ZM4 33c0-6 4-10 10-10s10 4 10 10M26 8.5a5 5 0 0 1 0 9M29 23.5c4 1.5 7 4.5 7 9.5',
};
const marks: Record<Mark, string | null> = { blocks: 'm5 5 6 6M11 5l-6 6', slows: 'M8 4v5M8 11.5v.2', through: 'm4.5 8.5 2.3 2.3L11.5 5.5', unknown: null };

export function WayPicture({ report }: { report: Connectivity }) {
  const { t } = useTranslation();
  const { places, obstacle, mark } = wayOf(report);
  return (
    <figure className={styles.way}>
      <ol className={styles.places} aria-label={t('connectivity.way.label')}>
        {places.map((place) => (
          <li key={place.id} className={styles.place} data-mark={place.mark}>
            <span className={styles.drawing}>
              <svg width="40" height="40" viewBox="0 0 40 40" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
                <path d={drawings[place.id]} />
              </svg>
              {marks[place.mark] && place.id !== 'people' && (
                <svg className={styles.mark} width="18" height="18" viewBox="0 0 16 16" fill="none" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
                  <circle cx="8" cy="8" r="8" stroke="none" />
                  <path d={marks[place.mark]!} />
                </svg>
              )}
            </span>
            <span>{t(`connectivity.way.place.${place.id}`)}</span>
            {place.id !== 'people' && <span className="visually-hidden">{t(`connectivity.way.mark.${place.mark}`)}</span>}
          </li>
        ))}
      </ol>
      <figcaption>{t(obstacle ? `connectivity.way.at.${obstacle}` : `connectivity.way.all.${mark}`, { context: obstacle ? mark : report.verdict.reach })}</figcaption>
    </figure>
  );
}
