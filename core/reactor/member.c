/* Transports, of which there may be many thousands: one link puts a transport into the list of all
 * members or into the list of those that have requested a later turn, so that it needs no task of
 * its own. */
#include "internal.h"

void bighti_member_join(bighti_member *member, bight_reactor *reactor, const bighti_member_ops *ops)
{
    member->ops = ops;
    bighti_link_init(&member->home);
    bighti_link_init(&member->flush);
    bighti_list_append(&reactor->members, &member->home);
}

void bighti_member_leave(bighti_member *member)
{
    bighti_link_unlink(&member->home);
}

void bighti_member_ask(bighti_member *member, bight_reactor *reactor)
{
    bighti_link_unlink(&member->home);
    bighti_list_append(&reactor->news_next, &member->home);
    bighti_poke_if_waiting(reactor);
}

bool bighti_member_tell_one(bight_reactor *reactor)
{
    bighti_link *link = bighti_list_pop(&reactor->news);
    bighti_member *member;

    if (link == NULL)
        return false;
    member = BIGHTI_CONTAINER(link, bighti_member, home);
    bighti_list_append(&reactor->members, link);
    member->ops->tell(member);
    return true;
}

/* The newest first, so that a transport that stands on another one can still send through it. */
void bighti_members_evict(bight_reactor *reactor)
{
    bighti_link *link;

    bighti_list_splice(&reactor->members, &reactor->news);
    bighti_list_splice(&reactor->members, &reactor->news_next);
    while ((link = reactor->members.previous) != &reactor->members) {
        bighti_member *member = BIGHTI_CONTAINER(link, bighti_member, home);

        member->ops->evict(member);
    }
}

void bighti_members_rejoin(bight_reactor *reactor)
{
    bighti_link *lists[] = {&reactor->members, &reactor->news, &reactor->news_next};

    for (unsigned i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        for (bighti_link *link = lists[i]->next; link != lists[i]; link = link->next) {
            bighti_member *member = BIGHTI_CONTAINER(link, bighti_member, home);

            member->ops->rejoin(member);
        }
    }
}
