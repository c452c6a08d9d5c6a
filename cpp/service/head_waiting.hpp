// What waits at the head for an image (R16): calls, and containers that are to be started for nobody yet.
//
// Here are only the books: which functions wait for which image, their calls in the order of admission, and the tokens
// that were taken for these (R33). A call takes as much memory as one in the queue. All costs O(1), but for the end
// of a wait: the images that are waited for then.
#pragma once

#include "service/call_queue.hpp"
#include "wrench_serverless/ids.hpp"

#include <cstddef>
#include <vector>

namespace wrench_serverless {

class HeadWaiting {
public:
  void add_function(ImageId image);

  // Does the function wait for its image to come to the head? Calls of it that have a place in the queue keep it.
  bool waits(FunctionId id) const { return functions_[id.value].waits; }
  bool any() const { return !images_.empty(); }
  bool any(ImageId id) const { return !waiting_[id.value].empty(); }
  const std::vector<FunctionId>& functions(ImageId id) const { return waiting_[id.value]; }
  // That are waited for, in the order in which the first wait for each began.
  const std::vector<ImageId>& images() const { return images_; }
  // The function waits from now on. False: the image was waited for already.
  bool begin(FunctionId id);
  // Nobody waits for the image any more; who did, in the order in which they began.
  std::vector<FunctionId> end(ImageId id);

  // Calls that have no place in the queue: of all functions, and of one.
  std::size_t calls() const { return calls_; }
  std::size_t calls(FunctionId id) const {
    const CallQueue* const queue = functions_[id.value].queue;
    return queue != nullptr ? queue->size() : 0;
  }
  void count_call() { ++calls_; }
  void discount_call() { --calls_; }
  // Where they are, among the records; nullptr as long as there was none.
  CallQueue*& queue(FunctionId id) { return functions_[id.value].queue; }
  const CallQueue* queue(FunctionId id) const { return functions_[id.value].queue; }

  // A container of the function is to be started in advance.
  bool& prewarm(FunctionId id) { return functions_[id.value].prewarm; }
  bool prewarm(FunctionId id) const { return functions_[id.value].prewarm; }
  // Tokens taken for calls that no claim is for yet.
  std::size_t& tokens(FunctionId id) { return functions_[id.value].tokens; }
  std::size_t tokens(FunctionId id) const { return functions_[id.value].tokens; }

  // Calls of functions that wait here which wait for room all the same, as they have no token (R30).
  void set_without_token(FunctionId id, std::size_t calls) {
    without_token_ += calls - functions_[id.value].without_token;
    functions_[id.value].without_token = calls;
  }
  std::size_t without_token() const { return without_token_; }
  // Calls in the queue of functions that wait here.
  void set_queued(FunctionId id, std::size_t calls) {
    queued_ += calls - functions_[id.value].queued;
    functions_[id.value].queued = calls;
  }
  std::size_t queued() const { return queued_; }

private:
  struct Function {
    CallQueue* queue = nullptr;
    std::size_t tokens = 0;
    std::size_t without_token = 0;
    std::size_t queued = 0;
    ImageId image;
    bool waits = false;
    bool prewarm = false;
  };
  std::vector<Function> functions_;
  std::vector<std::vector<FunctionId>> waiting_; // by image
  std::vector<ImageId> images_;
  std::size_t calls_ = 0;
  std::size_t without_token_ = 0;
  std::size_t queued_ = 0;
};

} // namespace wrench_serverless
