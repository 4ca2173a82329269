/* The names of prepared statements: see name.c. */
#ifndef BIGHTI_POSTGRESQL_NAME_H
#define BIGHTI_POSTGRESQL_NAME_H

#include <bight/api.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

enum { PG_NAME_SIZE = 40 };

/* The name of a statement: the same on every connection of every process. The types are OIDs. */
void bighti_pg_name(const char *text, const unsigned *types, int count, char name[PG_NAME_SIZE]);

/* The hash behind the name, for a test: SipHash-2-4 with 128 bits. */
void bighti_pg_hash(const void *bytes, size_t size, const uint64_t key[2], uint64_t result[2]);

BIGHT_END_DECLS

#endif
