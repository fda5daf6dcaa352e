import { FoundMeters } from '@/components/import/FoundMeters';
import { PreviewChart } from '@/components/import/PreviewChart';
import { PreviewTable } from '@/components/import/PreviewTable';
import { useFormat, usePreferences } from '@/context/preferences';
import { useAppTexts } from '@/hooks/app-texts';
import type { ReadingChoices } from '@/hooks/imports';
import { languageOf, warningSentence } from '@/i18n';
import type { ImportOut } from '@/lib/api';
import { isDay } from '@/lib/days';
import type { Format } from '@/lib/format';
import { formatTitle, RECORDS } from '@/lib/import-formats';

type Props = {
  found: ImportOut;
  choices: ReadingChoices;
  isBusy: boolean;
  onChoose: (choices: ReadingChoices) => void;
};

// What is left out for good reason, a header say, is no cause for alarm.
const LEFT_OUT = /^[\d,]+ ignored: /;

/** The server's sentence with its days as people write them. */
const withDays = (sentence: string, format: Format): string =>
  sentence.replace(/\b\d{4}-\d{2}-\d{2}\b/g, (day) => (isDay(day) ? format.day(day) : day));

/** What the file is, what it would change, and how it looks. */
export function Found({ found, choices, isBusy, onChoose }: Props) {
  const t = useAppTexts();
  const format = useFormat();
  const { counts, meters, range, reading, warnings, conflicts = 0, preview = [] } = found;
  const n = (value: number) => format.number(value, 0);
  const lines = counts.added + counts.changed + counts.unchanged + counts.rejected;
  const isSeries = found.format !== RECORDS;
  const title = t.import.found(
    isSeries ? t.import.values(lines, n(lines)) : t.count.lines(lines, n(lines)),
    t.import.metersCount(meters.length, n(meters.length)),
  );
  const facts = [
    range && format.range(range.start, range.end),
    t.import.willAdd(n(counts.added)),
    counts.changed > 0 && t.import.willChange(n(counts.changed)),
    counts.unchanged > 0 && t.import.willKeep(n(counts.unchanged)),
    conflicts > 0 && t.import.willConflict(n(conflicts)),
    counts.rejected > 0 && t.import.willReject(n(counts.rejected)),
    counts.ignored > 0 &&
      (isSeries ? t.import.willSkip(n(counts.ignored)) : t.import.willIgnore(n(counts.ignored))),
  ];
  const name = isSeries ? (formatTitle(found.format) ?? found.format) : null;
  return (
    <section
      className={`card p-5 transition-opacity duration-150 lg:p-6 ${isBusy ? 'opacity-60' : ''}`}
      aria-labelledby="found"
      aria-busy={isBusy || undefined}
    >
      <h2 id="found" className="text-lg font-semibold">
        {[name, title].filter(Boolean).join(': ')}
      </h2>
      <p className="mt-0.5 text-muted">
        {facts.filter(Boolean).join(' · ')}
        {found.problems_total > 0 && (
          <>
            {' – '}
            <a href="#problems" className="link">
              {t.import.show}
            </a>
          </>
        )}
      </p>
      <FoundMeters meters={meters} choices={choices} isBusy={isBusy} onChoose={onChoose} />
      {warnings.length > 0 && <Warnings sentences={warnings} />}
      {preview.length > 0 && <PreviewChart series={preview} meters={meters} />}
      {reading && reading.preview.length > 0 && <PreviewTable reading={reading} />}
    </section>
  );
}

function Warnings({ sentences }: { sentences: readonly string[] }) {
  const { format, locale } = usePreferences();
  return (
    <ul className="mt-4 list-disc pl-5 text-sm">
      {sentences.map((sentence) => {
        const said = warningSentence(languageOf(locale), sentence);
        return (
          <li
            key={sentence}
            lang={said === null ? 'en' : undefined}
            className={LEFT_OUT.test(sentence) ? 'text-muted' : 'text-warn'}
          >
            {withDays(said ?? sentence, format)}
          </li>
        );
      })}
    </ul>
  );
}
