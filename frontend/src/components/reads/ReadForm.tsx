import { useQuery } from '@tanstack/react-query';
import { useRef, useState, type FormEvent, type ReactNode } from 'react';

import { ProblemMessage } from '@/components/common/ProblemMessage';
import { DialBoxes } from '@/components/reads/DialBoxes';
import { Outlook, Refusal, type Explanation } from '@/components/reads/Outlook';
import { Button } from '@/components/ui/Button';
import { Checkbox, Input } from '@/components/ui/controls';
import { Field } from '@/components/ui/Field';
import { useNotify } from '@/components/ui/Toast';
import { useMeterPreferences } from '@/hooks/meter-texts';
import { useFieldText } from '@/hooks/problem-text';
import { expectedReadOptions, useSaveRead, useSettled } from '@/hooks/reads';
import type { MeterOut, ReadOut } from '@/lib/api';
import { parseAmount } from '@/lib/format';
import { makeKeyring } from '@/lib/keyring';
import { toProblem } from '@/lib/problem';
import { fromWall, toWall } from '@/lib/wall-time';

export type Suggestion = { at: string; value: number };

type Props = {
  meter: MeterOut;
  timeZone: string;
  read?: ReadOut | undefined;
  onSaved: (read: ReadOut) => void;
  /** The meter was replaced, or its digits are to be given. */
  onInstead: (why: 'replacement' | 'digits', typed: Suggestion) => void;
  children?: ReactNode;
};

/** What the dial shows and when; what that comes to is said while it is typed. */
export function ReadForm({ meter, timeZone, read, onSaved, onInstead, children }: Props) {
  const { texts: t, format, locale } = useMeterPreferences();
  const say = useFieldText();
  const notify = useNotify();
  const save = useSaveRead(meter.id);
  const [keyOf] = useState(makeKeyring);
  const [text, setText] = useState(read ? format.exact(read.value) : '');
  const [wall, setWall] = useState(() =>
    toWall(read?.read_at ?? new Date().toISOString(), timeZone),
  );
  const [isEstimated, setEstimated] = useState(read?.kind === 'estimated');
  const [note, setNote] = useState(read?.note ?? '');
  const [isRollover, setRollover] = useState(read?.is_rollover ?? false);
  const [isTried, setTried] = useState(false);
  const valueField = useRef<HTMLInputElement>(null);
  const isBusy = useRef(false);

  const value = parseAmount(text, locale);
  // Corrected without touching the time, a read keeps its seconds.
  const isSameTime = read !== undefined && wall === toWall(read.read_at, timeZone);
  const at = isSameTime ? read.read_at : fromWall(wall, timeZone);
  const settledText = useSettled(text);
  const typing = {
    at,
    value: parseAmount(settledText, locale),
    readId: read?.id ?? null,
    rollover: isRollover,
  };
  const { data: outlook } = useQuery(expectedReadOptions(meter.id, typing));
  const isDialEnd = read?.kind === 'final' || read?.kind === 'initial';

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (value === null || at === null || isBusy.current) return;
    isBusy.current = true;
    const own = read?.kind === 'initial' ? read : null;
    const body = {
      read_at: at,
      value,
      note: note.trim() || null,
      rollover: isRollover,
      ...(isDialEnd ? {} : { kind: isEstimated ? ('estimated' as const) : ('regular' as const) }),
      ...(own
        ? {
            serial_number: own.serial_number,
            register_digits: own.register_digits,
            multiplier: own.multiplier,
          }
        : {}),
    };
    try {
      const saved = await save.mutateAsync({ body, read: read ?? null, key: keyOf(body) });
      notify({ text: t.reads.saved(format.exact(saved.value)) });
      onSaved(saved);
      if (!read) {
        setText('');
        setNote('');
        setRollover(false);
        setTried(false);
      }
    } catch {
      // shown below
    } finally {
      isBusy.current = false;
    }
  };
  const choose = (why: Explanation) => {
    const needsDigits = why === 'rollover' && outlook?.register_digits === null;
    if (why === 'mistyped') {
      valueField.current?.focus();
      valueField.current?.select();
    } else if (why === 'rollover' && !needsDigits) setRollover(true);
    else if (at !== null && value !== null)
      onInstead(needsDigits ? 'digits' : 'replacement', { at, value });
  };
  const problem = save.error ? toProblem(save.error) : null;
  const found = (name: string) => {
    const detail = problem?.fields.get(name);
    return detail === undefined ? undefined : say(name, detail);
  };
  const isRefused = Boolean(outlook?.outcome?.refusal);
  return (
    <form noValidate className="flex flex-col gap-5" onSubmit={(event) => void submit(event)}>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label={t.reads.value}
          hint={<DialBoxes value={value} digits={meter.register_digits} />}
          error={
            isTried && value === null ? t.reads.needValue : isRefused ? undefined : found('value')
          }
        >
          {(field) => (
            <Input
              ref={valueField}
              inputMode="decimal"
              autoComplete="off"
              className="font-mono text-xl font-semibold tracking-widest tabular-nums"
              {...field}
              value={text}
              onChange={({ target }) => {
                setText(target.value);
                setRollover(false);
              }}
            />
          )}
        </Field>
        <Field
          label={t.reads.when}
          hint={t.reads.whenHint(timeZone)}
          error={isTried && at === null ? t.reads.needWhen : found('read_at')}
        >
          {(field) => (
            <Input
              type="datetime-local"
              {...field}
              value={wall}
              onChange={({ target }) => setWall(target.value)}
            />
          )}
        </Field>
      </div>
      {outlook && <Outlook outlook={outlook} />}
      {isRollover && !isRefused && <p className="text-sm text-muted">{t.reads.forced}</p>}
      {outlook?.outcome && value !== null && (
        <Refusal outcome={outlook.outcome} onChoose={choose} />
      )}
      {!isDialEnd && (
        <label className="flex cursor-pointer items-start gap-3">
          <Checkbox
            className="mt-0.5"
            checked={isEstimated}
            onChange={({ target }) => setEstimated(target.checked)}
          />
          <span>
            {t.reads.estimated}
            <span className="block text-sm text-muted">{t.reads.estimatedHint}</span>
          </span>
        </label>
      )}
      <Field label={t.reads.note} isOptional>
        {(field) => (
          <Input
            maxLength={2000}
            {...field}
            value={note}
            onChange={({ target }) => setNote(target.value)}
          />
        )}
      </Field>
      {problem && !isRefused && problem.fields.size === 0 && <ProblemMessage error={problem} />}
      <div className="flex flex-wrap justify-end gap-2.5">
        {children}
        <Button type="submit" variant="primary" aria-disabled={save.isPending}>
          {save.isPending ? t.common.saving : t.reads.save}
        </Button>
      </div>
    </form>
  );
}
