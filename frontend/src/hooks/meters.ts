import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import {
  createMeter,
  createSite,
  deleteMeter,
  deleteSite,
  getMeter,
  listMeters,
  listSites,
  updateMeter,
  updateSite,
  type MeterCreate,
  type MeterOut,
  type MeterUpdate,
  type SiteCreate,
  type SiteOut,
  type SiteUpdate,
} from '@/lib/api';
import { keys } from '@/hooks/keys';

export const meterListOptions = () =>
  queryOptions({
    queryKey: [...keys.meters, 'list'],
    queryFn: async ({ signal }) => (await listMeters({ signal })).data.items,
  });

export const meterOptions = (id: number) =>
  queryOptions({
    queryKey: [...keys.meters, 'one', id],
    queryFn: async ({ signal }) => (await getMeter({ path: { meter_id: id }, signal })).data,
  });

export const siteListOptions = () =>
  queryOptions({
    queryKey: [...keys.sites, 'list'],
    queryFn: async ({ signal }) => (await listSites({ signal })).data.items,
  });

export type MeterChange = { id: number | null; body: MeterCreate | MeterUpdate };
export type SiteChange = { id: number | null; body: SiteCreate | SiteUpdate };

export function useSaveMeter() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, body }: MeterChange): Promise<MeterOut> =>
      id === null
        ? (await createMeter({ body: body as MeterCreate })).data
        : (await updateMeter({ path: { meter_id: id }, body: body as MeterUpdate })).data,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.meters }),
  });
}

export function useSaveSite() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, body }: SiteChange): Promise<SiteOut> =>
      id === null
        ? (await createSite({ body: body as SiteCreate })).data
        : (await updateSite({ path: { site_id: id }, body: body as SiteUpdate })).data,
    onSuccess: () => {
      // A site's time zone decides what a day is, so totals may move.
      void queryClient.invalidateQueries({ queryKey: keys.analytics });
      return queryClient.invalidateQueries({ queryKey: keys.sites });
    },
  });
}

export function useDeleteMeter() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (id: number) => {
      await deleteMeter({ path: { meter_id: id } });
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey: [...keys.meters, 'list'] }),
  });
}

export function useDeleteSite() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (id: number) => {
      await deleteSite({ path: { site_id: id } });
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.sites }),
  });
}
