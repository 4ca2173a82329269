// What libraries hang on a reactor under a key: it is found, replaced, and destroyed once, in
// order.
#include "support/peer.hpp"

#include <bight/pair.h>
#include <bight/reactor.h>
#include <bight/resolver.h>
#include <gtest/gtest.h>
#include <string>

namespace
{

const bight_key first = {"first"}, second = {"second"}, third = {"third"};

class ReactorData : public testing::Test
{
  protected:
    ~ReactorData() override
    {
        bight_reactor_free(reactor);
    }
    // Something that says in `story` when it is destroyed.
    struct Thing {
        ReactorData *test;
        const bight_key *key;
    };
    bight_status set(Thing &thing)
    {
        return bight_reactor_set_data(reactor, thing.key, &thing, [](void *data) {
            auto &self = *static_cast<Thing *>(data);
            self.test->story += std::string(self.key->name) + " ";
        });
    }
    void free()
    {
        bight_reactor_free(reactor);
        reactor = nullptr;
    }

    bight_reactor *reactor = bight_reactor_new();
    std::string story;
    Thing one{this, &first}, two{this, &second};
};

TEST_F(ReactorData, isFoundByItsKeyAlone)
{
    ASSERT_EQ(set(one), BIGHT_OK);
    EXPECT_EQ(bight_reactor_get_data(reactor, &first), &one);
    EXPECT_EQ(bight_reactor_get_data(reactor, &second), nullptr);
}

TEST_F(ReactorData, isDestroyedWhenItIsReplacedOrRemoved)
{
    ASSERT_EQ(set(one), BIGHT_OK);
    ASSERT_EQ(bight_reactor_set_data(reactor, &first, &two, nullptr), BIGHT_OK);
    EXPECT_EQ(story, "first ");
    EXPECT_EQ(bight_reactor_get_data(reactor, &first), &two);
    ASSERT_EQ(bight_reactor_set_data(reactor, &first, nullptr, nullptr), BIGHT_OK);
    EXPECT_EQ(bight_reactor_get_data(reactor, &first), nullptr);
    EXPECT_EQ(story, "first ") << "without a function nothing is destroyed";
}

TEST_F(ReactorData, endsWithTheReactorTheLastFirst)
{
    ASSERT_EQ(set(one), BIGHT_OK);
    ASSERT_EQ(set(two), BIGHT_OK);
    free();
    EXPECT_EQ(story, "second first ");
}

TEST_F(ReactorData, findsWhatWasSetBeforeItInItsEnd)
{
    bight_reactor *mine = reactor;
    struct Seen {
        bight_reactor *reactor;
        void *found = nullptr, *again = nullptr;
        bight_status status = BIGHT_OK;
    } seen{mine};

    ASSERT_EQ(bight_reactor_set_data(mine, &first, &one, nullptr), BIGHT_OK);
    ASSERT_EQ(bight_reactor_set_data(mine, &second, &seen,
                                     [](void *data) {
                                         auto &self = *static_cast<Seen *>(data);
                                         self.found = bight_reactor_get_data(self.reactor, &first);
                                         self.again = bight_reactor_get_data(self.reactor, &second);
                                         self.status = bight_reactor_set_data(self.reactor, &third,
                                                                              data, nullptr);
                                     }),
              BIGHT_OK);
    free();
    EXPECT_EQ(seen.found, &one);
    EXPECT_EQ(seen.again, nullptr);
    EXPECT_EQ(seen.status, BIGHT_ERROR_CANCELLED) << "nobody would destroy it";
}

// A protocol finds what hangs on the reactor in closed, which the reactor's end tells.
TEST_F(ReactorData, outlivesConnections)
{
    support::Peer a, b;
    void *found[2] = {};

    a.onClosed = [&] { found[0] = bight_reactor_get_data(reactor, &first); };
    b.onClosed = [&] { found[1] = bight_reactor_get_data(reactor, &first); };
    ASSERT_EQ(set(one), BIGHT_OK);
    ASSERT_EQ(bight_pair_new(reactor, &a, &b), BIGHT_OK);
    bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
    free();
    EXPECT_EQ(found[0], &one);
    EXPECT_EQ(found[1], &one);
}

TEST_F(ReactorData, holdsTheResolverThatTheProgramHasNamed)
{
    bight_resolver *own = nullptr, *named = nullptr, *found = nullptr;

    ASSERT_EQ(bight_resolver_get_default(reactor, &own), BIGHT_OK);
    ASSERT_EQ(bight_resolver_new(reactor, nullptr, &named), BIGHT_OK);
    bight_resolver_make_default(named);
    ASSERT_EQ(bight_resolver_get_default(reactor, &found), BIGHT_OK);
    EXPECT_EQ(found, named);
    bight_resolver_free(named);
    ASSERT_EQ(bight_resolver_get_default(reactor, &found), BIGHT_OK);
    EXPECT_EQ(found, own) << "the one of the reactor's own has stayed";
    bight_resolver_free(own);
    ASSERT_EQ(bight_resolver_get_default(reactor, &found), BIGHT_OK);
    EXPECT_NE(found, nullptr) << "who frees it gets another";
}

} // namespace
