// Texts: one translation file for every word of the interface.
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import en from '../assets/translations/en.json';

export const texts = i18next.createInstance();
void texts.use(initReactI18next).init({
  lng: 'en',
  fallbackLng: 'en',
  resources: { en: { translation: en } },
  interpolation: { escapeValue: false }, // React escapes
  initAsync: false,
  returnNull: false,
});

/** The text for a key; for modules that are not components. */
export const text = (key: string, values: Record<string, unknown> = {}): string => texts.t(key, values) as string;
