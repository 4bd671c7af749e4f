// The words of what is not drawn by the interface: tray, menus, notifications, dialogs; from the same translation file.
import i18next from 'i18next';
import en from '../../assets/translations/en.json' with { type: 'json' };

let made: typeof i18next | null = null;

/** Made when the first word is asked for: the window does not wait for it. */
function texts(): typeof i18next {
  if (made) return made;
  made = i18next.createInstance();
  void made.init({ lng: 'en', fallbackLng: 'en', resources: { en: { translation: en } }, interpolation: { escapeValue: false }, initAsync: false, returnNull: false });
  return made;
}

/** @param key below `desktop` in the translation file */
export const word = (key: string, values: Record<string, unknown> = {}): string => texts().t(`desktop.${key}`, values) as string;

const rates = [['kilobyte-per-second', 1e3], ['megabyte-per-second', 1e6], ['gigabyte-per-second', 1e9]] as const;

/** Spelled as the window does. 1234567 becomes "1.2 MB/s"; below one kilobyte a second there is nothing to speak of. */
export function rateWord(bytesPerSecond: number): string {
  const [unit, size] = [...rates].reverse().find(([, one]) => bytesPerSecond >= one * 0.9995) ?? rates[0];
  const value = bytesPerSecond < 1000 ? 0 : bytesPerSecond / size;
  return new Intl.NumberFormat('en', { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: value > 0 && value < 9.95 && size > 1e3 ? 1 : 0 }).format(value).replace('kB', 'KB');
}

export const percentWord = (share: number): string => `${share >= 1 ? 100 : Math.min(99, Math.floor(share * 100))} %`;
