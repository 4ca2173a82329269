/* A crowd counts the connections of a listener that limits their number, from accepting to closed.
 * A crowd outlives its listener for as long as any of its connections exists. It does not depend
 * on listeners or transports. */
#ifndef BIGHTI_NET_CROWD_H
#define BIGHTI_NET_CROWD_H

#include <stdbool.h>

typedef struct bighti_crowd bighti_crowd;

/* `left` is called with `owner` after a connection has ended. Returns NULL when out of memory. */
bighti_crowd *bighti_crowd_new(unsigned most, void (*left)(void *owner), void *owner);

/* Count one connection more, or one less. The last one to leave frees a crowd without an owner. */
void bighti_crowd_join(bighti_crowd *crowd);
void bighti_crowd_leave(bighti_crowd *crowd);
bool bighti_crowd_is_full(const bighti_crowd *crowd);

/* The owner ends. NULL is ignored. */
void bighti_crowd_disband(bighti_crowd *crowd);

#endif
