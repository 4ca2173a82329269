#include "table.h"
#include <base/list.h>

bool bighti_irc_table_init(bighti_irc_table *table, bight_irc_case mapping, const uint64_t seed[2])
{
    *table = (bighti_irc_table){.mapping = mapping, .seed = {seed[0], seed[1]}};
    return bighti_table_init(&table->table);
}

void bighti_irc_table_deinit(bighti_irc_table *table)
{
    bighti_table_deinit(&table->table);
}

static uint64_t hash_of_name(const bighti_irc_table *table, bight_view name)
{
    return bight_irc_hash(table->mapping, name, table->seed);
}

bighti_irc_entry *bighti_irc_table_find(const bighti_irc_table *table, bight_view name)
{
    bighti_entry *found = bighti_table_first(&table->table, hash_of_name(table, name));

    while (found != NULL) {
        bighti_irc_entry *entry = BIGHTI_CONTAINER(found, bighti_irc_entry, entry);

        if (bight_irc_equal(table->mapping, entry->name, name))
            return entry;
        found = bighti_table_next(found);
    }
    return NULL;
}

void bighti_irc_table_insert(bighti_irc_table *table, bighti_irc_entry *entry)
{
    bighti_table_insert(&table->table, &entry->entry, hash_of_name(table, entry->name));
}

void bighti_irc_table_remove(bighti_irc_table *table, bighti_irc_entry *entry)
{
    bighti_table_remove(&table->table, &entry->entry);
}
