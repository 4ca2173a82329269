#include "crowd.h"
#include <stdlib.h>

struct bighti_crowd {
    void (*left)(void *owner);
    void *owner; /* NULL after it has ended */
    unsigned count, most;
};

bighti_crowd *bighti_crowd_new(unsigned most, void (*left)(void *owner), void *owner)
{
    bighti_crowd *crowd = malloc(sizeof(*crowd));

    if (crowd != NULL)
        *crowd = (bighti_crowd){.left = left, .owner = owner, .most = most};
    return crowd;
}

void bighti_crowd_join(bighti_crowd *crowd)
{
    crowd->count++;
}

void bighti_crowd_leave(bighti_crowd *crowd)
{
    crowd->count--;
    if (crowd->owner != NULL)
        crowd->left(crowd->owner);
    else if (crowd->count == 0)
        free(crowd);
}

bool bighti_crowd_is_full(const bighti_crowd *crowd)
{
    return crowd->count >= crowd->most;
}

void bighti_crowd_disband(bighti_crowd *crowd)
{
    if (crowd == NULL)
        return;
    crowd->owner = NULL;
    if (crowd->count == 0)
        free(crowd);
}
