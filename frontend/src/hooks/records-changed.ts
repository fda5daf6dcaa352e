import { useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';

import { keys } from '@/hooks/keys';

/** Everything that is made of records is asked for again. */
export function useRecordsChanged(): () => Promise<void> {
  const queryClient = useQueryClient();
  return useCallback(async () => {
    await Promise.all(
      [keys.consumption, keys.analytics, keys.meters].map((queryKey) =>
        queryClient.invalidateQueries({ queryKey }),
      ),
    );
  }, [queryClient]);
}
