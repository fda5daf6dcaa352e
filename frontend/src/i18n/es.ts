import { appEs } from '@/i18n/app.es';
import { baseEs } from '@/i18n/base.es';
import { lookEs } from '@/i18n/look.es';
import { meterDataEs } from '@/i18n/meter-data.es';
import { readsEs } from '@/i18n/reads.es';

export { server } from '@/i18n/server.es';
export { warnings } from '@/i18n/warnings.es';

/** All texts in Spanish: whoever reads in it gets them at once. */
export const es = { ...baseEs, ...appEs, look: lookEs, meterData: meterDataEs, reads: readsEs };
