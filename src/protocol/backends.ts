import { type Static, Type } from '@sinclair/typebox';

import { Nullable } from './schema';
import { BackendId } from './words';

/** A backend on this machine: what it is, or why it is missing and what mends that. */
export const BackendHere = Type.Object({
  id: BackendId,
  present: Type.Boolean(),
  provider: Nullable(Type.String()),
  version: Nullable(Type.String()),
  device: Nullable(Type.String()),
  threads: Nullable(Type.Integer()),
  /** Whether its graphics card is played by the processor. */
  software: Type.Optional(Type.Literal(true)),
  reason: Nullable(Type.String()),
});
export type BackendHere = Static<typeof BackendHere>;

/** Every backend that the protocol knows, and what `auto` makes of them. */
export const BackendsHere = Type.Object({
  backends: Type.Array(BackendHere),
  auto: Type.Object({
    /** What it tries with each model, beside onnxruntime on the processor. */
    tries: Type.Array(BackendId),
    /** Why it takes nothing at all, where it does not. */
    reason: Nullable(Type.String()),
  }),
});
export type BackendsHere = Static<typeof BackendsHere>;
