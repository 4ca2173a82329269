/** @file bight/gather.h
 * One deferred for many: all of them, the first, any, some.
 *
 * | function              | fires when                      | fails when |
 * |-----------------------|---------------------------------|--------------------------------------|
 * | bight_gather_all()    | all have a value                | one fails | | bight_gather_settle() |
 * all are done, errors included   | never                                | | bight_gather_some() |
 * N have a value                  | so many fail that N can never have   | | bight_gather_any() |
 * one has a value                 | all fail                             | | bight_gather_first()
 * | the first to be done has a value | the first to be done failed         |
 *
 * When the outcome is certain, the rest is cancelled before the deferred completes, and what comes
 * of it is freed. Cancelling the deferred cancels them all. They are waited for with a step that is
 * added behind those they have.
 */
#ifndef BIGHT_GATHER_H
#define BIGHT_GATHER_H

#include <bight/api.h>
#include <bight/deferred.h>
#include <stddef.h>

BIGHT_BEGIN_DECLS

/** What one of the many came to. */
typedef struct bight_gathered {
    size_t index;        /**< its place among those that were given */
    bight_result result; /**< a value, or, with bight_gather_settle(), an error */
} bight_gathered;

/** What they came to: the value of a gathering deferred, in the order they were given. */
typedef struct bight_results {
    size_t count;          /**< of items */
    bight_gathered *items; /**< take a result out by leaving bight_result_value(NULL) there */
} bight_results;

/** Free the results and what they own: the destroy function of the value. NULL is ignored. */
BIGHT_API void bight_results_free(void *results);

/** The results in the value of a gathering deferred. @owner borrowed: the result's @thread any */
BIGHT_API bight_results *bight_result_get_results(bight_result result);

/**
 * Wait for all.
 *
 * @param take_deferreds  @p count of them, consumed, also on failure; a NULL among them has failed
 *                        without memory. The array itself stays the caller's
 * @return                fires with bight_results of @p count; at once if that is 0. Fails with the
 *                        status of the first error, which is the cause
 * @errors                NULL without memory; those that were given are cancelled then
 */
#define bight_gather_all(take_deferreds, count)                                                    \
    bight_gather_some_at((take_deferreds), (count), (count), BIGHT_HERE)

/** Wait until all are done. Fires with bight_results of all. See bight_gather_all(). */
#define bight_gather_settle(take_deferreds, count)                                                 \
    bight_gather_settle_at((take_deferreds), (count), BIGHT_HERE)

/**
 * Wait for some.
 *
 * @param wanted  how many values are enough
 * @return        fires with bight_results of @p wanted. Fails with the status of the error that
 *                left too few, which is the cause. BIGHT_ERROR_INVALID if @p wanted is greater than
 *                @p count. Else see bight_gather_all()
 */
#define bight_gather_some(take_deferreds, count, wanted)                                           \
    bight_gather_some_at((take_deferreds), (count), (wanted), BIGHT_HERE)

/** Wait for the first that works. Fires with its value as it is. See bight_gather_some(). */
#define bight_gather_any(take_deferreds, count)                                                    \
    bight_gather_any_at((take_deferreds), (count), BIGHT_HERE)

/** Wait for the first that is done, and go on with its value or error. See bight_gather_some(). */
#define bight_gather_first(take_deferreds, count)                                                  \
    bight_gather_first_at((take_deferreds), (count), BIGHT_HERE)

/** bight_gather_some() and bight_gather_all() for bindings. */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_gather_some_at(bight_deferred **take_deferreds,
                                                              size_t count, size_t wanted,
                                                              const char *where);

/** bight_gather_settle() for bindings. */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_gather_settle_at(bight_deferred **take_deferreds,
                                                                size_t count, const char *where);

/** bight_gather_any() for bindings. */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_gather_any_at(bight_deferred **take_deferreds,
                                                             size_t count, const char *where);

/** bight_gather_first() for bindings. */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_gather_first_at(bight_deferred **take_deferreds,
                                                               size_t count, const char *where);

BIGHT_END_DECLS

#endif
