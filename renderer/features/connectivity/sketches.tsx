// Small sketches for the guide that fits any router: the sticker, the address line, the menu and the form.
import { useTranslation } from 'react-i18next';
import styles from './connectivity.module.css';

const frame = { width: 160, height: 100, viewBox: '0 0 160 100', fill: 'none', stroke: 'currentColor', strokeWidth: 1.5, strokeLinecap: 'round', strokeLinejoin: 'round', focusable: false } as const;

const drawings = {
  sticker: (
    <>
      <path d="M20 62h90v18H20ZM34 71h.1M44 71h.1M54 71h.1M98 62V34" />
      <rect x="58" y="14" width="84" height="36" rx="4" className={styles.highlight} />
      <path d="M66 24h30M66 32h58M66 40h44" />
    </>
  ),
  address: (
    <>
      <rect x="10" y="10" width="140" height="80" rx="5" />
      <path d="M10 32h140M18 21h.1M25 21h.1M32 21h.1" />
      <rect x="42" y="15" width="98" height="12" rx="6" className={styles.highlight} />
      <path d="M50 21h42M22 46h50M22 58h90M22 70h70" />
    </>
  ),
  menu: (
    <>
      <rect x="10" y="10" width="140" height="80" rx="5" />
      <path d="M58 10v80M20 24h26M20 36h26M20 72h20M70 26h60M70 40h50" />
      <rect x="15" y="46" width="38" height="16" rx="3" className={styles.highlight} />
      <path d="M20 54h28" />
    </>
  ),
  form: (
    <>
      <rect x="10" y="10" width="140" height="80" rx="5" />
      <path d="M22 26h28M22 44h28M22 62h28" />
      <path d="M60 19h78v13H60ZM60 37h78v13H60ZM60 55h78v13H60Z" className={styles.highlight} />
      <path d="M66 26h50M66 44h26M66 62h34" />
      <rect x="104" y="74" width="34" height="11" rx="3" />
      <path d="m115 79.5 3 3 6-6" />
    </>
  ),
} as const;

export type SketchName = keyof typeof drawings;
export const sketches = Object.keys(drawings) as SketchName[];

export function Sketch({ name }: { name: SketchName }) {
  const { t } = useTranslation();
  return <svg {...frame} className={styles.sketch} role="img" aria-label={t(`connectivity.sketch.${name}`)}>{drawings[name]}</svg>;
}
