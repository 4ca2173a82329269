/* A table of names: nicks, channels, addresses. It wraps base/table.h and compares names by IRC's
 * case mapping. */
#ifndef BIGHTI_IRC_TABLE_H
#define BIGHTI_IRC_TABLE_H

#include <base/table.h>
#include <bight/irc_names.h>

typedef struct bighti_irc_entry {
    bighti_entry entry;
    bight_view name; /* the owner's; must not change while the entry is in a table */
} bighti_irc_entry;

typedef struct bighti_irc_table {
    bighti_table table;
    bight_irc_case mapping;
    uint64_t seed[2];
} bighti_irc_table;

/* @return  false when out of memory */
bool bighti_irc_table_init(bighti_irc_table *table, bight_irc_case mapping, const uint64_t seed[2]);

/* The caller owns the entries; they are not freed. */
void bighti_irc_table_deinit(bighti_irc_table *table);

/* The entry of a name, or NULL. */
bighti_irc_entry *bighti_irc_table_find(const bighti_irc_table *table, bight_view name);

/* Insert under entry->name, which must not be in the table yet. */
void bighti_irc_table_insert(bighti_irc_table *table, bighti_irc_entry *entry);

/* Remove an entry, which must be in the table. */
void bighti_irc_table_remove(bighti_irc_table *table, bighti_irc_entry *entry);

#endif
