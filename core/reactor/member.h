/* Members: the interface of transports to this floor. The net floor implements it. */
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

    /* The running callback has returned: send waiting bytes. */
    void (*flush)(bighti_member *member);

    /* The requested later turn has come. */
    void (*tell)(bighti_member *member);

    /* In a forked child: enter the poller's new set. */
    void (*rejoin)(bighti_member *member);
} bighti_member_ops;

struct bighti_member {
    const bighti_member_ops *ops;
    bighti_link home;  /* in members, news, news_next or, after it has left, none */
    bighti_link flush; /* in flushes or none */
};

void bighti_member_join(bighti_member *member, bight_reactor *reactor,
                        const bighti_member_ops *ops);
void bighti_member_leave(bighti_member *member);

/* Request a call of `tell` in the next turn. Must not be requested twice before it comes, nor
 * after the member has left. */
void bighti_member_ask(bighti_member *member, bight_reactor *reactor);

/* Request a call of `flush` at the end of the running callback; repeated requests have no
 * effect. */
static inline void bighti_member_flush_later(bighti_member *member, bight_reactor *reactor)
{
    if (!bighti_link_is_linked(&member->flush))
        bighti_list_append(&bighti_shared_of(reactor)->flushes, &member->flush);
}

#endif
