/** @file bight/owner.h
 * A chain whose steps use a window must not run them once the window is gone. Put an owner into the
 * window's structure, bind every chain to it that the window starts, and end the owner when the
 * window goes:
 *
 *     bight_deferred *page = bight_deferred_bind(fetch(url), &window->owner);
 *     bight_deferred_then(page, show_page, show_failure, window);
 *     bight_deferred_free(page);
 *
 * When bight_owner_deinit() has returned, none of these steps will run.
 */
#ifndef BIGHT_OWNER_H
#define BIGHT_OWNER_H

#include <bight/api.h>
#include <bight/deferred.h>
#include <stdbool.h>

BIGHT_BEGIN_DECLS

/** Part of an owner. */
typedef struct bight_binding bight_binding;

/** Something that chains belong to, in the caller's storage; it must not be moved. */
typedef struct bight_owner {
    bight_binding *first; /**< private */
    bool *ended;          /**< private */
} bight_owner;

/** Begin an owner that nothing is bound to. @errors none @thread the one of its deferreds */
BIGHT_API void bight_owner_init(bight_owner *owner);

/**
 * The owner goes: what was bound to it is cancelled, and the steps that were added after
 * bight_deferred_bind() are dropped. Their result is freed, an error is not reported. May be
 * called again, also from inside, and the owner be used again.
 *
 * @thread      the one of its deferreds
 * @reentrancy  producers are told of the cancel before this returns, and steps that were added
 *              before bind run; legal in a step that is bound to this owner. Any of them may end
 *              the owner once more, and then free the memory that it stands in
 */
BIGHT_API void bight_owner_deinit(bight_owner *owner);

/**
 * Have the steps that are added from now on belong to an owner. Those that are there already, which
 * may be a library's, are not touched: they run with BIGHT_ERROR_CANCELLED when the owner goes.
 * Data that only a dropped step would free is kept by bight_deferred_keep().
 *
 * A deferred may be bound to several owners; the first that goes drops the steps.
 *
 * @param owner  lives as long as the chain, or is ended before
 * @errors       BIGHT_ERROR_NO_MEMORY: the chain is broken off with that error, and none of its
 *               steps can wait any more, so that nothing of it is left when the owner goes
 * @return       @p deferred
 * @thread       the deferred's
 */
#define bight_deferred_bind(deferred, owner) bight_deferred_bind_at((deferred), (owner), BIGHT_HERE)

/** bight_deferred_bind() for bindings of languages. @param where a constant string, or NULL */
BIGHT_API bight_deferred *bight_deferred_bind_at(bight_deferred *deferred, bight_owner *owner,
                                                 const char *where);

BIGHT_END_DECLS

#endif
