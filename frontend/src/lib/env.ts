import { config } from 'zod/mini';

// Compiled validators need eval, which the content security policy forbids.
config({ jitless: true });
