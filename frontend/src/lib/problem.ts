import type { AxiosError } from 'axios';

import type { ProblemBody, ProblemField } from '@/lib/api';

export type ProblemKind =
  'offline' | 'timeout' | 'stale' | 'read-only' | 'gone' | 'limit' | 'moved' | 'other';

/** One thing that is wrong: by a stable code, and in the server's words. */
export type Finding = Pick<ProblemField, 'detail'> & Partial<Pick<ProblemField, 'code' | 'params'>>;

/** What went wrong, in the server's words where it answered. */
export class Problem extends Error {
  readonly status: number;
  readonly slug: string;
  readonly requestId: string | null;
  readonly code: string;
  readonly params: Record<string, unknown>;
  /** What is wrong with each field. */
  readonly fields: ReadonlyMap<string, Finding>;
  readonly retryAfterS: number | null;
  readonly kind: ProblemKind;

  constructor(body: Partial<ProblemBody>, kind: ProblemKind, retryAfterS: number | null = null) {
    super(body.detail ?? '');
    this.name = 'Problem';
    this.status = body.status ?? 0;
    this.slug = body.type?.split('/').pop() ?? '';
    this.code = body.code ?? this.slug;
    this.params = body.params ?? {};
    this.requestId = body.request_id || null;
    this.fields = new Map(
      (body.errors ?? []).map((one) => [one.pointer.replace(/^[/?#]+/, ''), one]),
    );
    this.retryAfterS = retryAfterS;
    this.kind = kind;
  }
}

const KINDS: Record<number, ProblemKind> = {
  403: 'read-only',
  404: 'gone',
  412: 'stale',
  429: 'limit',
};

// Asked of the error itself: pages that call nothing at first load need not load axios for it.
const isAxiosError = (error: unknown): error is AxiosError<ProblemBody> =>
  error instanceof Error && 'isAxiosError' in error;

/** Turns anything that was thrown into a Problem. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (!isAxiosError(error)) return new Problem({}, 'other');
  const { response } = error;
  if (!response) {
    return new Problem({}, error.code === 'ECONNABORTED' ? 'timeout' : 'offline');
  }
  const isProblem = typeof response.data === 'object' && response.data !== null;
  const body: Partial<ProblemBody> = isProblem ? response.data : { status: response.status };
  const requestId = body.request_id || String(response.headers['x-request-id'] ?? '');
  const retryAfter = Number(response.headers['retry-after']);
  return new Problem(
    { ...body, status: response.status, request_id: requestId },
    KINDS[response.status] ?? 'other',
    Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : null,
  );
}

/** Whether trying again unchanged may help. */
export const isPassing = (problem: Problem): boolean =>
  problem.kind === 'offline' ||
  problem.kind === 'timeout' ||
  problem.status === 429 ||
  problem.status >= 500;

/** Whether the person stopped it, which is no problem. */
export const wasCancelled = (error: unknown): boolean =>
  error instanceof Error && error.name === 'CanceledError';
