/** @file bight/gather.h
 * Combine many deferreds into one: wait for all of them, the first, any, or some.
 *
 * | function              | fires when                       | fails when                         |
 * |-----------------------|----------------------------------|------------------------------------|
 * | bight_gather_all()    | all have a value                 | one fails                          |
 * | bight_gather_settle() | all are done, errors included    | never                              |
 * | bight_gather_some()   | N have a value                   | too few are left to give N values  |
 * | bight_gather_any()    | one has a value                  | all fail                           |
 * | bight_gather_first()  | the first to be done has a value | the first to be done failed        |
 *
 * When the outcome is certain, the remaining deferreds are cancelled before the combined deferred
 * completes, and their results are freed. Cancelling the combined deferred cancels all of them.
 * Each is waited for with a step that is added after its existing steps.
 */
#ifndef BIGHT_GATHER_H
#define BIGHT_GATHER_H

#include <bight/api.h>
#include <bight/deferred.h>
#include <stddef.h>

BIGHT_BEGIN_DECLS

/** The result of one of the deferreds. */
typedef struct bight_gathered {
    size_t index;        /**< its index in the array of deferreds */
    bight_result result; /**< a value, or, with bight_gather_settle(), an error */
} bight_gathered;

/** The results, which are the value of a gathering deferred, in the order of the array. */
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
 * @param take_deferreds  @p count of them, consumed, also on failure; a NULL among them counts as
 *                        failed with BIGHT_ERROR_NO_MEMORY. The caller keeps the array itself
 * @return                fires with bight_results of @p count; at once if that is 0. Fails with an
 *                        error that has the first error as its cause and the same status
 * @errors                NULL when out of memory, and then the deferreds are cancelled
 */
#define bight_gather_all(take_deferreds, count)                                                    \
    bight_gather_some_at((take_deferreds), (count), (count), BIGHT_HERE)

/** Wait until all are done. Fires with bight_results of all. See bight_gather_all(). */
#define bight_gather_settle(take_deferreds, count)                                                 \
    bight_gather_settle_at((take_deferreds), (count), BIGHT_HERE)

/**
 * Wait for some.
 *
 * @param wanted  how many values to wait for
 * @return        fires with bight_results of @p wanted. Fails when an error leaves too few
 *                deferreds, with this error as the cause and with its status. BIGHT_ERROR_INVALID
 *                if @p wanted is greater than @p count. Otherwise see bight_gather_all()
 */
#define bight_gather_some(take_deferreds, count, wanted)                                           \
    bight_gather_some_at((take_deferreds), (count), (wanted), BIGHT_HERE)

/** Wait for the first that succeeds. Fires with its value unchanged. See bight_gather_some(). */
#define bight_gather_any(take_deferreds, count)                                                    \
    bight_gather_any_at((take_deferreds), (count), BIGHT_HERE)

/** Wait for the first that is done, and complete with its value or error. See
 * bight_gather_some(). */
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
