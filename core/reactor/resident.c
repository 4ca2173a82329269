#include "resident.h"
#include "internal.h"

void bighti_resident_join(bighti_resident *resident, bight_reactor *reactor)
{
    bighti_link_init(&resident->link);
    if (!bighti_is_dead(reactor))
        bighti_list_append(&reactor->residents, &resident->link);
}

void bighti_residents_evict(bight_reactor *reactor)
{
    while (!bighti_list_is_empty(&reactor->residents)) {
        bighti_resident *resident =
            BIGHTI_CONTAINER(reactor->residents.next, bighti_resident, link);

        resident->evict(resident);
    }
}
