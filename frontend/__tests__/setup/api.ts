import { http as mock, HttpResponse, type HttpHandler, type JsonBodyType } from 'msw';

import type {
  GetAnalyticsResponses,
  GetImportResponses,
  ListApiKeysResponses,
  ListConsumptionResponses,
  ListImportsResponses,
  ListMembersResponses,
  ListMetersResponses,
  ListProfilesResponses,
  ListSessionsResponses,
  ListSitesResponses,
  ProblemBody,
} from '@/lib/api';

/** What each address answers, by the types of the generated client. */
export type Answers = {
  '/api/consumption/analytics': GetAnalyticsResponses[200];
  '/api/consumption': ListConsumptionResponses[200];
  '/api/meters': ListMetersResponses[200];
  '/api/sites': ListSitesResponses[200];
  '/api/imports': ListImportsResponses[200];
  '/api/auth/sessions': ListSessionsResponses[200];
  '/api/members': ListMembersResponses[200];
  '/api/api-keys': ListApiKeysResponses[200];
  '/api/imports/9': GetImportResponses[200];
  '/api/import-profiles': ListProfilesResponses[200];
};
export type Path = keyof Answers;

/** Stands in for one address of the API; `make` gives its answer, or a problem. */
export const get = <P extends Path>(
  path: P,
  make: () => Answers[P] | Response | Promise<Answers[P] | Response>,
): HttpHandler =>
  mock.get(`http://localhost${path}`, async () => {
    const answer = await make();
    return answer instanceof Response ? answer : HttpResponse.json(answer as JsonBodyType);
  });

export const problem = (status: number, body: Partial<ProblemBody> = {}): Response => {
  const whole: ProblemBody = {
    type: '/problems/invalid',
    title: 'Not valid',
    status,
    detail: 'No.',
    instance: '/',
    request_id: 'r1',
    code: 'invalid',
    params: {},
    errors: [],
    ...body,
  };
  return HttpResponse.json(whole, { status });
};
