import { http as mock, HttpResponse } from 'msw';

import { http, refreshSession } from '@/lib/http';
import { Problem } from '@/lib/problem';
import { sessionStore } from '@/lib/session-store';

import { signedIn } from '../setup/fixtures';
import { server } from '../setup/server';

const API = 'http://localhost/api';
const problem = (status: number, body: object = {}) =>
  HttpResponse.json(
    {
      type: '/problems/x',
      title: 'x',
      status,
      detail: 'No.',
      request_id: 'r1',
      errors: [],
      ...body,
    },
    { status },
  );

function countRefreshes(
  answer: () => Response = () => HttpResponse.json({ ...signedIn, access_token: 'second' }),
) {
  const seen = { count: 0, headers: new Headers() };
  server.use(
    mock.post(`${API}/auth/refresh`, ({ request }) => {
      seen.count += 1;
      seen.headers = request.headers;
      return answer();
    }),
  );
  return seen;
}

function guarded() {
  server.use(
    mock.get(`${API}/consumption`, ({ request }) =>
      request.headers.get('Authorization') === 'Bearer second'
        ? HttpResponse.json({ ok: true })
        : problem(401),
    ),
  );
}

beforeEach(() => {
  sessionStore.signIn(signedIn);
});

test('sends the access token', async () => {
  let sent: string | null = null;
  server.use(
    mock.get(`${API}/consumption`, ({ request }) => {
      sent = request.headers.get('Authorization');
      return HttpResponse.json({});
    }),
  );
  await http.get('/api/consumption');
  expect(sent).toBe('Bearer first');
});

test('ten refused requests in parallel cost one refresh and all succeed', async () => {
  const refreshes = countRefreshes();
  guarded();
  const answers = await Promise.all(Array.from({ length: 10 }, () => http.get('/api/consumption')));
  expect(answers.every((answer) => answer.status === 200)).toBe(true);
  expect(refreshes.count).toBe(1);
  expect(refreshes.headers.get('X-Requested-With')).toBe('consumo');
  expect(refreshes.headers.get('Authorization')).toBeNull();
});

test('a token about to expire is renewed before it is used', async () => {
  sessionStore.signIn({ ...signedIn, expires_in: 5 });
  const refreshes = countRefreshes();
  guarded();
  await http.get('/api/consumption');
  expect(refreshes.count).toBe(1);
});

test('a refused refresh signs out, and the first refusal is what the caller sees', async () => {
  countRefreshes(() => problem(401));
  guarded();
  await expect(http.get('/api/consumption')).rejects.toMatchObject({ status: 401 });
  expect(sessionStore.get().status).toBe('out');
});

test('a refresh that does not reach the server keeps the session', async () => {
  countRefreshes(() => HttpResponse.error());
  guarded();
  await expect(http.get('/api/consumption')).rejects.toMatchObject({ kind: 'offline' });
  expect(sessionStore.get().status).toBe('in');
});

test('what another tab has renewed is used instead of renewing again', async () => {
  const refreshes = countRefreshes();
  sessionStore.signIn({ ...signedIn, access_token: 'from the other tab' });
  const session = await refreshSession('first');
  expect(session?.token).toBe('from the other tab');
  expect(refreshes.count).toBe(0);
});

test('a second refusal after the refresh is not tried again', async () => {
  const refreshes = countRefreshes();
  server.use(mock.get(`${API}/consumption`, () => problem(401)));
  await expect(http.get('/api/consumption')).rejects.toMatchObject({ status: 401 });
  expect(refreshes.count).toBe(1);
});

test('errors come as problems with fields and request id', async () => {
  server.use(
    mock.post(`${API}/consumption`, () =>
      problem(422, { errors: [{ pointer: '/amount', detail: 'must be 0 or more' }] }),
    ),
  );
  const error: unknown = await http.post('/api/consumption', {}).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Problem);
  const { fields, requestId, message } = error as Problem;
  expect(fields.get('amount')?.detail).toBe('must be 0 or more');
  expect(requestId).toBe('r1');
  expect(message).toBe('No.');
});

test('no token is left in any storage', () => {
  const stored = JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage });
  expect(stored).not.toMatch(/first|second|Bearer/);
});

test('what was meant for one account is not sent to the other that the session has moved to', async () => {
  const elsewhere = { ...signedIn, account: { ...signedIn.account, id: 99 } };
  countRefreshes(() => HttpResponse.json({ ...elsewhere, access_token: 'second' }));
  const writes: string[] = [];
  server.use(
    mock.post(`${API}/consumption`, ({ request }) => {
      writes.push(request.headers.get('Authorization') ?? '');
      return problem(401);
    }),
  );
  await expect(http.post('/api/consumption', {})).rejects.toMatchObject({ kind: 'moved' });
  expect(writes).toEqual(['Bearer first']);
  expect(sessionStore.get().session?.me.account.id).toBe(99);

  // Also when the token had to be renewed before anything was sent.
  sessionStore.signIn({ ...signedIn, expires_in: 5 });
  await expect(http.post('/api/consumption', {})).rejects.toMatchObject({ kind: 'moved' });
  expect(writes).toHaveLength(1);
});
