import { baseEn } from '@/i18n/base.en';

/** The texts that every page may use; those of some pages come with them (hooks/app-texts.ts). */
export type Texts = typeof baseEn;

export const LANGUAGES = { en: 'English', es: 'Español' } as const;
export type Language = keyof typeof LANGUAGES;

const loaded: Partial<Record<Language, Texts>> = { en: baseEn };

/** The texts of a language where they are here already. */
export const textsOf = (language: Language): Texts | undefined => loaded[language];

type Sentences = Record<string, string>;
let serverInSpanish: Sentences = {};
let warningsInSpanish: readonly (readonly [RegExp, string])[] = [];

/** What the server says by a code, where it is not in English, which it speaks itself. */
export function serverSentence(
  language: Language,
  code: string,
  params: Record<string, unknown>,
): string | null {
  const sentence = language === 'es' ? serverInSpanish[code] : undefined;
  return sentence?.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? '–')) ?? null;
}

/** What a dry run remarks, in the reader's language; null where it is known in English alone. */
export function warningSentence(language: Language, sentence: string): string | null {
  if (language === 'en') return sentence;
  const found = warningsInSpanish.find(([pattern]) => pattern.test(sentence));
  return found ? sentence.replace(found[0], found[1]) : null;
}

/** Fetches all texts of a language; English is part of the application. */
export async function loadTexts(language: Language): Promise<Texts> {
  if (language === 'es' && !loaded.es) {
    const { es, server, warnings } = await import('@/i18n/es');
    serverInSpanish = server;
    warningsInSpanish = warnings;
    loaded.es = es;
  }
  return loaded[language] ?? baseEn;
}

export { baseEn as defaultTexts };

export const isLanguage = (text: string | null | undefined): text is Language =>
  text === 'en' || text === 'es';

/** The locales one can choose, with the language of their texts. */
export const LOCALES: readonly { value: string; name: string }[] = [
  { value: 'en-GB', name: 'English (United Kingdom)' },
  { value: 'en-US', name: 'English (United States)' },
  { value: 'es-ES', name: 'Español (España)' },
  { value: 'es-MX', name: 'Español (México)' },
  { value: 'es-AR', name: 'Español (Argentina)' },
];

export const languageOf = (locale: string): Language => (locale.startsWith('es') ? 'es' : 'en');
