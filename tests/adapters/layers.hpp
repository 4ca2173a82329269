// Layers that are written outside of the library, as a program would write its own, and the names
// of all that the suite knows.
#ifndef BIGHT_TESTS_ADAPTERS_LAYERS_HPP
#define BIGHT_TESTS_ADAPTERS_LAYERS_HPP

#include <bight/layer.h>
#include <string>

namespace conformance
{

// Nothing but a table without functions: bytes go through.
extern const bight_layer_ops plainLayer;

// Frames of at most 8000 bytes, masked, each with its length in front; an empty frame is the end,
// and the end of the connection without it is an error.
extern const bight_layer_ops framedLayer;

// The client says who it is in a line, by which the server names it from then on: "PEER 192.0.2.7".
// Then both step out. A line that says anything else is BIGHT_ERROR_PROTOCOL.
extern const bight_layer_ops namedLayer;

// Takes few bytes at a time, in either direction, and lets the rest go on by a timer.
extern const bight_layer_ops slowLayer;

// Puts one of them on a transport, as a bight_layer_start_fn whose data is the table.
bight_status startLayer(bight_transport *below, bight_layer_side side, bight_protocol *protocol,
                        void *ops, bight_transport **above);

// A factory of what is called "plain", "framed", "named", "slow", "rate" (a limit of the library's,
// which lets the bytes of a test pass in a few turns) or "log" (its log, to nobody). The caller
// owns the reference.
bight_layer_factory *makeLayer(const std::string &name);

} // namespace conformance

#endif
