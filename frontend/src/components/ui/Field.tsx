import { useId, type ReactNode } from 'react';

import { useTexts } from '@/context/preferences';
import { cn } from '@/lib/cn';

export type FieldControl = {
  id: string;
  'aria-invalid': boolean | undefined;
  'aria-describedby': string | undefined;
};

type Props = {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | undefined;
  isOptional?: boolean;
  className?: string;
  children: (control: FieldControl) => ReactNode;
};

/** A label, its control, and what is said about it, tied together for screen readers. */
export function Field({ label, hint, error, isOptional, className, children }: Props) {
  const id = useId();
  const t = useTexts();
  // After a line break follows what the server said, in its own language.
  const [said, detail] = error?.split('\n') ?? [];
  const describedBy = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div className={cn('flex min-w-0 flex-col gap-1.5', className)}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
        {isOptional && <span className="ml-1.5 font-normal text-muted">({t.common.optional})</span>}
      </label>
      {children({
        id,
        'aria-invalid': error ? true : undefined,
        'aria-describedby': describedBy || undefined,
      })}
      {error && (
        <p id={`${id}-error`} className="text-sm text-danger">
          {said}
          {detail && (
            <span lang="en" className="block text-xs text-muted">
              {detail}
            </span>
          )}
        </p>
      )}
      {hint && (
        <div id={`${id}-hint`} className="text-sm text-muted">
          {hint}
        </div>
      )}
    </div>
  );
}
