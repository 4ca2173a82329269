/* A hash table whose entries are embedded in the objects, so that inserting allocates nothing. A
 * table that cannot grow when out of memory gets slower but stays correct.
 *
 * It stores hashes, not keys: a lookup iterates over the entries with a hash and compares. If keys
 * come from the network, use a keyed hash, otherwise a peer can choose a thousand keys that fall
 * into one bucket. The functions are inline because a protocol library can only use the public
 * symbols of libbight. */
#ifndef BIGHTI_BASE_TABLE_H
#define BIGHTI_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

typedef struct bighti_entry {
    struct bighti_entry *next; /* in its bucket */
    uint64_t hash;             /* must not change while the entry is in a table */
} bighti_entry;

typedef struct bighti_table {
    bighti_entry **buckets;
    size_t bucket_count; /* a power of two */
    size_t count;
} bighti_table;

enum { BIGHTI_FIRST_BUCKETS = 64 };

static inline bighti_entry **bighti_buckets_new(size_t count)
{
    return (bighti_entry **)calloc(count, sizeof(bighti_entry *));
}

/* False when out of memory. */
static inline bool bighti_table_init(bighti_table *table)
{
    table->buckets = bighti_buckets_new(BIGHTI_FIRST_BUCKETS);
    table->bucket_count = table->buckets != NULL ? BIGHTI_FIRST_BUCKETS : 0;
    table->count = 0;
    return table->buckets != NULL;
}

/* The entries are the caller's; they are forgotten, not freed. */
static inline void bighti_table_deinit(bighti_table *table)
{
    free(table->buckets);
    table->buckets = NULL;
    table->bucket_count = table->count = 0;
}

static inline bighti_entry **bighti_table_bucket(const bighti_table *table, uint64_t hash)
{
    return &table->buckets[hash & (table->bucket_count - 1)];
}

static inline bighti_entry *bighti_entry_seek(bighti_entry *entry, uint64_t hash)
{
    while (entry != NULL && entry->hash != hash)
        entry = entry->next;
    return entry;
}

/* The first entry of a hash, or NULL; and the next of the same hash. */
static inline bighti_entry *bighti_table_first(const bighti_table *table, uint64_t hash)
{
    return bighti_entry_seek(*bighti_table_bucket(table, hash), hash);
}

static inline bighti_entry *bighti_table_next(const bighti_entry *entry)
{
    return bighti_entry_seek(entry->next, entry->hash);
}

static inline void bighti_table_link(const bighti_table *table, bighti_entry *entry)
{
    bighti_entry **bucket = bighti_table_bucket(table, entry->hash);

    entry->next = *bucket;
    *bucket = entry;
}

static inline void bighti_table_grow(bighti_table *table)
{
    bighti_table larger = {bighti_buckets_new(table->bucket_count * 2), table->bucket_count * 2,
                           table->count};

    if (larger.buckets == NULL)
        return;
    for (size_t i = 0; i < table->bucket_count; i++) {
        bighti_entry *entry = table->buckets[i];

        while (entry != NULL) {
            bighti_entry *next = entry->next;

            bighti_table_link(&larger, entry);
            entry = next;
        }
    }
    free(table->buckets);
    *table = larger;
}

/* The entry must be in no table. Several of one hash are legal. */
static inline void bighti_table_insert(bighti_table *table, bighti_entry *entry, uint64_t hash)
{
    if (table->count >= table->bucket_count)
        bighti_table_grow(table);
    entry->hash = hash;
    bighti_table_link(table, entry);
    table->count++;
}

/* Take out; the entry must be in. */
static inline void bighti_table_remove(bighti_table *table, bighti_entry *entry)
{
    bighti_entry **link = bighti_table_bucket(table, entry->hash);

    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    entry->next = NULL;
    table->count--;
}

#endif
