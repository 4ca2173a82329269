/* Records of answers as a list. */
#ifndef BIGHTI_NET_RECORDS_H
#define BIGHTI_NET_RECORDS_H

#include <bight/records.h>
#include <stdbool.h>

/* More are dropped. */
enum { BIGHTI_MOST_RECORDS = 256 };

/* A number from the system, or from a test. */
typedef uint32_t (*bighti_random_fn)(void *data);

/* Why there are no records. */
typedef enum bighti_records_outcome {
    BIGHTI_RECORDS_READ,
    BIGHTI_RECORDS_NONE,
    BIGHTI_RECORDS_REFUSED, /* the only record says that there is nothing */
    BIGHTI_RECORDS_MALFORMED,
    BIGHTI_RECORDS_NO_MEMORY
} bighti_records_outcome;

/* Read and sort the records of a type in a server's message. */
bighti_records_outcome bighti_records_read(bight_view message, unsigned type,
                                           bighti_random_fn random, void *data,
                                           bight_records **records);

/* A list of one text; NULL when out of memory. */
bight_records *bighti_records_of_text(bight_view text);

#endif
