import { AxiosError } from 'axios';

import { download } from '@/lib/download';
import { http } from '@/lib/http';
import { toProblem } from '@/lib/problem';

const TIMEOUT_MS = 300_000;

export type DownloadQuery = Record<string, string | number | null | undefined>;

/** Fetches a file with the session's token, and hands it over under the name the server gave it. */
export async function downloadFromApi(
  path: string,
  query: DownloadQuery,
  signal: AbortSignal,
): Promise<void> {
  const response = await http.get<Blob>(path, {
    params: query,
    responseType: 'blob',
    timeout: TIMEOUT_MS,
    // A refusal comes as a Blob, too, and has to be read first; 401 renews the session.
    validateStatus: (status) => status !== 401,
    signal,
  });
  if (response.status >= 400) {
    const data: unknown = JSON.parse(await response.data.text().catch(() => 'null'));
    throw toProblem(
      new AxiosError('refused', undefined, response.config, null, { ...response, data }),
    );
  }
  const said = String(response.headers['content-disposition'] ?? '');
  const name = /filename="([^"]+)"/.exec(said)?.[1] ?? path.split('/').at(-1) ?? 'export';
  download(name, response.data);
}
