/* Saves all bytes of a source to a file. The draft makes the blocking calls: in works on a pool,
 * each of which holds the draft, or on the loop, where no more than one piece is written in a turn
 * if the source never has to wait. */
#include "../base/check.h"
#include "../base/options.h"
#include "../reactor/shared.h"
#include "draft.h"
#include "source.h"
#include <bight/later.h>
#include <stdlib.h>

/* What the step was waiting for. */
typedef enum saving_phase {
    SAVING_BEGUN,
    SAVING_OPENED,
    SAVING_READ,
    SAVING_RESTED, /* for the next turn, in the middle of a piece */
    SAVING_WRITTEN,
    SAVING_PLACED
} saving_phase;

typedef struct saving {
    bight_source *source;
    bight_threads *threads;
    bighti_draft *draft;
    bight_bytes *piece; /* the piece being written, from `offset` on */
    size_t offset;
    size_t burst; /* bytes since the last known turn of the loop */
    uint64_t count;
    saving_phase phase;
} saving;

/* A work on the draft. */
typedef struct draft_work {
    bighti_draft *draft;
    bight_bytes *piece;                      /* the piece to write, or NULL */
    bight_error *(*fn)(bighti_draft *draft); /* otherwise the operation */
} draft_work;

static const bight_source_save_options save_defaults = BIGHT_SOURCE_SAVE_OPTIONS_INIT;

static void saving_free(void *data)
{
    saving *self = data;

    bight_bytes_unref(self->piece);
    bighti_draft_unref(self->draft);
    free(self);
}

/* -- On a thread -- */

static bight_result draft_work_run(bight_work *work, void *data)
{
    const draft_work *self = data;
    bight_error *error = NULL;

    if (bight_work_is_cancelled(work))
        error = bight_error_new(BIGHT_ERROR_CANCELLED, "cancelled");
    else if (self->piece != NULL)
        error = bighti_draft_write(self->draft, bight_bytes_get_view(self->piece));
    else
        error = self->fn(self->draft);
    return error != NULL ? bight_result_error(error) : bight_result_value(NULL);
}

static void draft_work_free(void *data)
{
    draft_work *self = data;

    bighti_draft_unref(self->draft);
    bight_bytes_unref(self->piece);
    free(self);
}

/* Consumes the piece of the saving, if there is one. */
static bight_result saving_on_a_thread(saving *self, bight_error *(*fn)(bighti_draft *))
{
    draft_work *work = malloc(sizeof(*work));

    if (work == NULL)
        return bight_result_wait(NULL);
    *work = (draft_work){bighti_draft_ref(self->draft), self->piece, fn};
    self->piece = NULL;
    return bight_result_wait(
        bighti_source_work(self->threads, draft_work_run, work, draft_work_free, BIGHT_HERE));
}

/* -- Step by step -- */

static bight_result saving_read(saving *self)
{
    bight_deferred *next = bight_source_read(self->source);

    if (!bight_deferred_is_done(next))
        self->burst = 0;
    self->phase = SAVING_READ;
    return bight_result_wait(next);
}

static bight_result saving_rest(saving *self)
{
    self->burst = 0;
    self->phase = SAVING_RESTED;
    return bight_result_wait(bight_delay(bight_source_get_reactor(self->source), 0));
}

static bight_result saving_write_here(saving *self)
{
    bight_view view = bight_bytes_get_view(self->piece);
    bight_error *error = NULL;

    while (error == NULL && self->offset < view.size && self->burst < BIGHTI_SOURCE_PIECE) {
        size_t left = view.size - self->offset;
        size_t size = left < BIGHTI_SOURCE_PIECE ? left : BIGHTI_SOURCE_PIECE;

        error = bighti_draft_write(self->draft, (bight_view){view.data + self->offset, size});
        self->offset += size;
        self->burst += size;
    }
    if (error != NULL)
        return bight_result_error(error);
    if (self->offset < view.size)
        return saving_rest(self);
    bight_bytes_unref(self->piece);
    self->piece = NULL;
    return saving_read(self);
}

static bight_result saving_write(saving *self)
{
    if (self->threads == NULL)
        return saving_write_here(self);
    self->phase = SAVING_WRITTEN;
    return saving_on_a_thread(self, NULL);
}

static bight_result saving_open(saving *self)
{
    bight_error *error;

    self->phase = SAVING_OPENED;
    if (self->threads != NULL)
        return saving_on_a_thread(self, bighti_draft_open);
    error = bighti_draft_open(self->draft);
    return error != NULL ? bight_result_error(error) : saving_read(self);
}

/* Nothing after it can fail. */
static bight_result saving_place(saving *self)
{
    bight_error *error;

    self->phase = SAVING_PLACED;
    if (self->threads != NULL)
        return saving_on_a_thread(self, bighti_draft_place);
    error = bighti_draft_place(self->draft);
    return error != NULL ? bight_result_error(error) : bighti_source_count(self->count);
}

static bight_result saving_take(saving *self, bight_bytes *take_piece)
{
    if (take_piece == NULL)
        return saving_place(self);
    self->piece = take_piece;
    self->offset = 0;
    self->count += bight_bytes_get_view(take_piece).size;
    return saving_write(self);
}

static bight_result saving_step(bight_result in, void *data)
{
    saving *self = data;

    if (in.error != NULL)
        return in;
    switch (self->phase) {
    case SAVING_BEGUN:
        return saving_open(self);
    case SAVING_READ:
        return saving_take(self, in.value);
    case SAVING_RESTED:
        return saving_write(self);
    case SAVING_PLACED:
        return bighti_source_count(self->count);
    default:
        return saving_read(self);
    }
}

bight_deferred *bight_source_to_file_at(bight_source *source, const char *path,
                                        const bight_source_save_options *given, const char *where)
{
    bight_source_save_options options;
    bighti_draft_terms terms;
    bight_deferred *deferred;
    bight_error *error;
    saving *self;

    if (source == NULL)
        return NULL;
    bighti_check_thread(bight_source_get_reactor(source));
    BIGHTI_REQUIRE(bighti_options_read(given, &save_defaults, sizeof(options), &options),
                   "options of an unknown size");
    self = calloc(1, sizeof(*self));
    if (self == NULL)
        return NULL;
    terms = (bighti_draft_terms){options.mode, options.keeps, options.threads != NULL};
    self->draft = bighti_draft_new(path, &terms, &error);
    if (self->draft == NULL) {
        free(self);
        return error != NULL ? bight_deferred_failed_at(error, where) : NULL;
    }
    self->source = source;
    self->threads = options.threads;
    deferred = bight_deferred_fired_at(NULL, NULL, where);
    bight_deferred_loop_at(deferred, saving_step, self, where);
    return bight_deferred_keep_at(deferred, self, saving_free, where);
}
