import type { FieldPath, FieldValues, Resolver, UseFormSetError } from 'react-hook-form';
import type { core } from 'zod/mini';

import type { Texts } from '@/i18n';
import type { Format } from '@/lib/format';
import type { Finding, Problem } from '@/lib/problem';

type Issue = core.$ZodRawIssue;
type Schemas = typeof import('@/lib/api/zod.gen');

/** The validators come after the first paint: nobody submits a form that is not there yet. */
export async function loadValidation() {
  await import('@/lib/env');
  const [{ zodResolver }, schemas] = await Promise.all([
    import('@hookform/resolvers/zod'),
    import('@/lib/api/zod.gen'),
  ]);
  return { zodResolver, schemas };
}

/** Says in words what a generated schema found. */
export function issueText(issue: Issue, t: Texts, format: Format): string {
  const isText = issue.origin === 'string';
  switch (issue.code) {
    case 'invalid_type':
      if (issue.expected === 'number')
        return issue.input == null ? t.valid.required : t.valid.number;
      return t.valid.required;
    case 'too_small':
      if (isText)
        return Number(issue.minimum) <= 1
          ? t.valid.required
          : t.valid.tooShort(format.number(Number(issue.minimum), 0));
      return t.valid.min(format.number(Number(issue.minimum), 4));
    case 'too_big':
      return isText
        ? t.valid.tooLong(format.number(Number(issue.maximum), 0))
        : t.valid.max(format.number(Number(issue.maximum), 4));
    case 'invalid_format':
      if (issue.input === '') return t.valid.required;
      if (issue.format === 'date') return t.valid.date;
      if (issue.format === 'email') return t.valid.email;
      return t.valid.format;
    case 'invalid_value':
      return t.valid.required;
    default:
      return t.valid.format;
  }
}

/**
 * Checks a form against the schema of what it sends.
 * `toBody` turns what was typed into the API's body; both use the same field names.
 */
export function bodyResolver<V extends FieldValues, B extends FieldValues>(
  pick: (schemas: Schemas) => core.$ZodType<B, FieldValues>,
  toBody: (values: V) => FieldValues,
  t: Texts,
  format: Format,
): Resolver<V, unknown, B> {
  // The resolver only reads names and values; that these are of the body is what toBody is for.
  return (async (values: V, context: unknown, options: never) => {
    const { zodResolver, schemas } = await loadValidation();
    const resolve = zodResolver(pick(schemas), { error: (issue) => issueText(issue, t, format) });
    return resolve(toBody(values) as never, context, options);
  }) as unknown as Resolver<V, unknown, B>;
}

/** Puts the server's findings on their fields; true when each had one on screen. */
export function showOnFields<V extends FieldValues>(
  problem: Problem,
  fields: readonly FieldPath<V>[],
  setError: UseFormSetError<V>,
  say: (field: string, finding: Finding) => string,
): boolean {
  let isFirst = true;
  let isComplete = problem.fields.size > 0;
  for (const [name, finding] of problem.fields) {
    const field = fields.find((one) => one === name);
    if (!field) {
      isComplete = false;
      continue;
    }
    setError(field, { type: 'server', message: say(name, finding) }, { shouldFocus: isFirst });
    isFirst = false;
  }
  return isComplete;
}

export const sentence = (text: string): string =>
  text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');
