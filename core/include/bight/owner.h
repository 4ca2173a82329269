/** @file bight/owner.h
 * Owners tie chains to the lifetime of an object. For example, steps that use a window must not
 * run after the window is destroyed. Put an owner into the window's structure, bind every chain
 * that the window starts to it, and end the owner when the window is destroyed:
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

/** An owner of chains, in the caller's storage; it must not be moved. */
typedef struct bight_owner {
    bight_binding *first; /**< private */
    bool *ended;          /**< private */
} bight_owner;

/** Initialise an owner without chains. @errors none @thread the one of its deferreds */
BIGHT_API void bight_owner_init(bight_owner *owner);

/**
 * End the owner: the chains that are bound to it are cancelled, and the steps that were added
 * after bight_deferred_bind() are dropped. Their result is freed, and an error is not reported. It
 * may be called again, even from inside itself, and the owner may be used again.
 *
 * @thread      the one of its deferreds
 * @reentrancy  before this returns, producers are notified of the cancel, and steps that were
 *              added before bind run; legal in a step that is bound to this owner. Any of these
 *              functions may end the owner once more, and then free the memory that contains it
 */
BIGHT_API void bight_owner_deinit(bight_owner *owner);

/**
 * Bind a chain to an owner: the steps that are added from now on belong to it. Existing steps,
 * which may belong to a library, are not affected: they run with BIGHT_ERROR_CANCELLED when the
 * owner ends. Use bight_deferred_keep() for data that only a dropped step would free.
 *
 * A deferred may be bound to several owners; the first one that ends drops the steps.
 *
 * @param owner  must live as long as the chain, or be ended before
 * @errors       BIGHT_ERROR_NO_MEMORY: the chain fails with that error, and none of its steps can
 *               wait any more, so that nothing of it is left when the owner ends
 * @return       @p deferred
 * @thread       the deferred's
 */
#define bight_deferred_bind(deferred, owner) bight_deferred_bind_at((deferred), (owner), BIGHT_HERE)

/** bight_deferred_bind() for bindings of languages. @param where a constant string, or NULL */
BIGHT_API bight_deferred *bight_deferred_bind_at(bight_deferred *deferred, bight_owner *owner,
                                                 const char *where);

BIGHT_END_DECLS

#endif
