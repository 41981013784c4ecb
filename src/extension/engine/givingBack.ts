/**
 * What makes glibc give large blocks back to the system when they are freed, instead of learning to keep them: beside a network
 * with much of its memory in weights the process then peaks at two thirds. Read where a process starts; other systems do not look.
 */
export const givingBack = { MALLOC_MMAP_THRESHOLD_: String(2 ** 22) } as const;
