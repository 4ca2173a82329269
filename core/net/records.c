/* The texts of all records are in one block behind them. It is made in two passes: the first counts
 * the records and sizes the block, the second fills it. */
#include "records.h"
#include "../base/check.h"
#include "dns_message.h"
#include <stdlib.h>
#include <string.h>

typedef struct named_record {
    uint16_t priority, weight, port;
    size_t size; /* of the text */
    const char *text;
} named_record;

struct bight_records {
    size_t count;
    named_record items[];
};

/* -- Reading -- */

typedef struct record_reading {
    unsigned type;
    bool is_malformed;
    size_t count, size;     /* needed for texts */
    bight_records *records; /* NULL in the first pass */
    char *at;               /* where the next text goes */
} record_reading;

static uint16_t record_number(bight_view message, size_t at)
{
    return (uint16_t)(message.data[at] << 8 | message.data[at + 1]);
}

/* The numbers in front of the name. */
static size_t record_numbers_size(unsigned type)
{
    return type == BIGHTI_DNS_SRV ? 6 : type == BIGHTI_DNS_MX ? 2 : 0;
}

/* The strings of a TXT record, each behind its length. Returns the size of the text, or SIZE_MAX if
 * they are malformed. */
static size_t txt_join(bight_view message, size_t at, size_t size, char *text)
{
    size_t end = at + size, put = 0;

    while (at < end) {
        size_t length = message.data[at++];

        if (length > end - at)
            return SIZE_MAX;
        if (text != NULL)
            memcpy(text + put, message.data + at, length);
        put += length;
        at += length;
    }
    return put;
}

static size_t name_copy(bight_view message, size_t at, size_t size, char *text)
{
    char name[BIGHTI_DNS_TEXT_SIZE];
    size_t from = at, length;

    if (!bighti_dns_name(message, &at, name) || at != from + size)
        return SIZE_MAX;
    length = strlen(name);
    if (text != NULL)
        memcpy(text, name, length);
    return length;
}

static void record_fill(named_record *one, unsigned type, bight_view message, size_t at)
{
    if (type == BIGHTI_DNS_MX || type == BIGHTI_DNS_SRV)
        one->priority = record_number(message, at);
    if (type == BIGHTI_DNS_SRV) {
        one->weight = record_number(message, at + 2);
        one->port = record_number(message, at + 4);
    }
}

static void record_keep(record_reading *self, bight_view message, size_t at, size_t text_size)
{
    named_record *one = &self->records->items[self->records->count++];

    memset(one, 0, sizeof(*one));
    record_fill(one, self->type, message, at);
    one->text = self->at;
    one->size = text_size;
    self->at[text_size] = '\0';
    self->at += text_size + 1;
}

static void record_on_read(bight_view message, size_t at, size_t size, void *data)
{
    record_reading *self = data;
    size_t numbers = record_numbers_size(self->type), text_size = SIZE_MAX;

    if (self->is_malformed || self->count == BIGHTI_MOST_RECORDS)
        return;
    if (size >= numbers)
        text_size = self->type == BIGHTI_DNS_TXT
                        ? txt_join(message, at, size, self->at)
                        : name_copy(message, at + numbers, size - numbers, self->at);
    if (text_size == SIZE_MAX) {
        self->is_malformed = true;
        return;
    }
    self->count++;
    self->size += text_size + 1;
    if (self->records != NULL)
        record_keep(self, message, at, text_size);
}

/* -- Order -- */

static int records_compare(const void *first, const void *second)
{
    const named_record *a = first, *b = second;

    return a->priority != b->priority ? (a->priority < b->priority ? -1 : 1) : 0;
}

static void records_swap(named_record *a, named_record *b)
{
    named_record kept = *a;

    *a = *b;
    *b = kept;
}

/* RFC 2782: draw one after the other, each with a chance in proportion to its weight. Those of
 * weight 0 come first in each draw, so that they have a small chance. MX records weigh the same. */
static void group_draw(named_record *items, size_t count, bool is_weighted, bighti_random_fn random,
                       void *data)
{
    for (size_t from = 0; from + 1 < count; from++) {
        uint64_t sum = 0, drawn;
        size_t chosen = from;

        for (size_t i = from, light = from; is_weighted && i < count; i++)
            if (items[i].weight == 0)
                records_swap(&items[light++], &items[i]);
        for (size_t i = from; i < count; i++)
            sum += is_weighted ? items[i].weight : 1;
        drawn = random(data) % (is_weighted ? sum + 1 : sum);
        for (uint64_t run = is_weighted ? items[chosen].weight : 1;
             chosen + 1 < count && (is_weighted ? run < drawn : run <= drawn);
             run += is_weighted ? items[chosen].weight : 1)
            chosen++;
        records_swap(&items[from], &items[chosen]);
    }
}

static void records_sort(bight_records *self, unsigned type, bighti_random_fn random, void *data)
{
    bool is_weighted = type == BIGHTI_DNS_SRV;

    if (!is_weighted && type != BIGHTI_DNS_MX)
        return;
    qsort(self->items, self->count, sizeof(self->items[0]), records_compare);
    for (size_t from = 0, to; from < self->count; from = to) {
        to = from;
        while (to < self->count && self->items[to].priority == self->items[from].priority)
            to++;
        group_draw(self->items + from, to - from, is_weighted, random, data);
    }
}

static bool records_say_nothing(const bight_records *self, unsigned type)
{
    return (type == BIGHTI_DNS_SRV || type == BIGHTI_DNS_MX) && self->count == 1 &&
           self->items[0].size == 0;
}

/* -- Making -- */

static bight_records *records_new(size_t count, size_t text_size)
{
    bight_records *self = malloc(sizeof(*self) + count * sizeof(self->items[0]) + text_size);

    if (self != NULL)
        self->count = 0;
    return self;
}

bighti_records_outcome bighti_records_read(bight_view message, unsigned type,
                                           bighti_random_fn random, void *data,
                                           bight_records **records)
{
    record_reading first = {.type = type}, second = {.type = type};
    uint32_t lifetime;

    if (!bighti_dns_read(message, type, record_on_read, &first, &lifetime) || first.is_malformed)
        return BIGHTI_RECORDS_MALFORMED;
    if (first.count == 0)
        return BIGHTI_RECORDS_NONE;
    second.records = records_new(first.count, first.size);
    if (second.records == NULL)
        return BIGHTI_RECORDS_NO_MEMORY;
    second.at = (char *)&second.records->items[first.count];
    bighti_dns_read(message, type, record_on_read, &second, &lifetime);
    if (records_say_nothing(second.records, type)) {
        bight_records_free(second.records);
        return BIGHTI_RECORDS_REFUSED;
    }
    records_sort(second.records, type, random, data);
    *records = second.records;
    return BIGHTI_RECORDS_READ;
}

bight_records *bighti_records_of_text(bight_view text)
{
    bight_records *self = records_new(1, text.size + 1);
    char *to;

    if (self == NULL)
        return NULL;
    to = (char *)&self->items[1];
    memcpy(to, text.data, text.size);
    to[text.size] = '\0';
    self->items[0] = (named_record){.text = to, .size = text.size};
    self->count = 1;
    return self;
}

/* -- Interface -- */

static const named_record *record_at(const bight_records *records, size_t index)
{
    BIGHTI_REQUIRE(index < records->count, "there are not so many records");
    return &records->items[index];
}

size_t bight_records_get_count(const bight_records *records)
{
    return records->count;
}

const char *bight_records_get_text(const bight_records *records, size_t index)
{
    return record_at(records, index)->text;
}

bight_view bight_records_get_bytes(const bight_records *records, size_t index)
{
    const named_record *one = record_at(records, index);

    return (bight_view){(const uint8_t *)one->text, one->size};
}

uint16_t bight_records_get_priority(const bight_records *records, size_t index)
{
    return record_at(records, index)->priority;
}

uint16_t bight_records_get_weight(const bight_records *records, size_t index)
{
    return record_at(records, index)->weight;
}

uint16_t bight_records_get_port(const bight_records *records, size_t index)
{
    return record_at(records, index)->port;
}

void bight_records_free(void *records)
{
    free(records);
}
