import type { ArmHandler } from '../handler.ts';

/** `Microsoft.Authorization` is another provider's; the twin has the one question of it that clients ask about a workspace. */
export const permissionHandlers = {
  'permission.list': () => ({
    status: 200,
    // The twin's one caller may do everything.
    body: { value: [{ actions: ['*'], notActions: [], dataActions: [], notDataActions: [] }] },
  }),
} as const satisfies Record<string, ArmHandler>;
