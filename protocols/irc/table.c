#include "irc/table.h"
#include <stdlib.h>

enum { FIRST_BUCKETS = 64 };

bool bighti_irc_table_init(bighti_irc_table *table, bight_irc_case mapping, const uint64_t seed[2])
{
    *table = (bighti_irc_table){.mapping = mapping, .seed = {seed[0], seed[1]}};
    table->buckets = calloc(FIRST_BUCKETS, sizeof(*table->buckets));
    if (table->buckets == NULL)
        return false;
    table->bucket_count = FIRST_BUCKETS;
    return true;
}

void bighti_irc_table_deinit(bighti_irc_table *table)
{
    free(table->buckets);
    *table = (bighti_irc_table){0};
}

static bighti_irc_entry **bucket_of(const bighti_irc_table *table, uint64_t hash)
{
    return &table->buckets[hash & (table->bucket_count - 1)];
}

bighti_irc_entry *bighti_irc_table_find(const bighti_irc_table *table, bight_view name)
{
    uint64_t hash = bight_irc_hash(table->mapping, name, table->seed);
    bighti_irc_entry *entry = *bucket_of(table, hash);

    while (entry != NULL &&
           (entry->hash != hash || !bight_irc_equal(table->mapping, entry->name, name)))
        entry = entry->next;
    return entry;
}

static void link_into(bighti_irc_table *table, bighti_irc_entry *entry)
{
    bighti_irc_entry **bucket = bucket_of(table, entry->hash);

    entry->next = *bucket;
    *bucket = entry;
}

static void grow(bighti_irc_table *table)
{
    bighti_irc_table larger = *table;

    larger.bucket_count = table->bucket_count * 2;
    larger.buckets = calloc(larger.bucket_count, sizeof(*larger.buckets));
    if (larger.buckets == NULL)
        return;
    for (size_t i = 0; i < table->bucket_count; i++) {
        bighti_irc_entry *entry = table->buckets[i];

        while (entry != NULL) {
            bighti_irc_entry *next = entry->next;

            link_into(&larger, entry);
            entry = next;
        }
    }
    free(table->buckets);
    *table = larger;
}

void bighti_irc_table_insert(bighti_irc_table *table, bighti_irc_entry *entry)
{
    if (table->count >= table->bucket_count)
        grow(table);
    entry->hash = bight_irc_hash(table->mapping, entry->name, table->seed);
    link_into(table, entry);
    table->count++;
}

void bighti_irc_table_remove(bighti_irc_table *table, bighti_irc_entry *entry)
{
    bighti_irc_entry **link = bucket_of(table, entry->hash);

    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    entry->next = NULL;
    table->count--;
}
