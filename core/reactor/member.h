/* Members: transports, as this floor knows them. What they do is the net floor's. */
#ifndef BIGHTI_REACTOR_MEMBER_H
#define BIGHTI_REACTOR_MEMBER_H

#include "../base/list.h"
#include "shared.h"
#include <bight/reactor.h>

typedef struct bighti_member bighti_member;

/* Static const. */
typedef struct bighti_member_ops {
    /* The reactor is being freed: must leave. */
    void (*evict)(bighti_member *member);

    /* The running callback is over: send what waits. */
    void (*flush)(bighti_member *member);

    /* The later turn that was asked for is here. */
    void (*tell)(bighti_member *member);

    /* In a forked child: enter the set, which is new. */
    void (*rejoin)(bighti_member *member);
} bighti_member_ops;

struct bighti_member {
    const bighti_member_ops *ops;
    bighti_link home;  /* in members, news, news_next or, when it has left, none */
    bighti_link flush; /* in flushes or none */
};

void bighti_member_join(bighti_member *member, bight_reactor *reactor,
                        const bighti_member_ops *ops);
void bighti_member_leave(bighti_member *member);

/* Have tell called in the next turn. Not twice before it comes, and not after it has left. */
void bighti_member_ask(bighti_member *member, bight_reactor *reactor);

/* Have flush called at the end of the running callback; it waits for that already or not. */
static inline void bighti_member_flush_later(bighti_member *member, bight_reactor *reactor)
{
    if (!bighti_link_is_linked(&member->flush))
        bighti_list_append(&bighti_shared_of(reactor)->flushes, &member->flush);
}

#endif
