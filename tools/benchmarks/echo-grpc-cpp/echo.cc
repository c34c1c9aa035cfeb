// Serves tools/benchmarks/echo.proto with gRPC C++'s callback API, the fastest one it has:
// echo-grpc-cpp <address>

#include <grpcpp/grpcpp.h>

#include <cstdio>

#include "echo.grpc.pb.h"

namespace {

template <typename Message>
grpc::ServerUnaryReactor *Reply(
    grpc::CallbackServerContext *context, const Message *request, Message *response) {
  *response = *request;
  grpc::ServerUnaryReactor *reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

// Writes one message after the other, each when the last has been taken.
class Stream final : public grpc::ServerWriteReactor<google::protobuf::BytesValue> {
 public:
  explicit Stream(uint32_t count) : left_(count) {
    message_.set_value(std::string(65536, 'x'));
    Next();
  }

  void OnWriteDone(bool ok) override {
    if (ok) {
      Next();
    } else {
      Finish(grpc::Status::CANCELLED);
    }
  }

  void OnDone() override { delete this; }

 private:
  void Next() {
    if (left_-- > 0) {
      StartWrite(&message_);
    } else {
      Finish(grpc::Status::OK);
    }
  }

  google::protobuf::BytesValue message_;
  int64_t left_;
};

class Echo final : public tenantry::bench::v1::Echo::CallbackService {
  grpc::ServerUnaryReactor *Nothing(
      grpc::CallbackServerContext *context, const google::protobuf::Empty *request,
      google::protobuf::Empty *response) override {
    return Reply(context, request, response);
  }

  grpc::ServerUnaryReactor *Say(
      grpc::CallbackServerContext *context, const google::protobuf::StringValue *request,
      google::protobuf::StringValue *response) override {
    return Reply(context, request, response);
  }

  grpc::ServerWriteReactor<google::protobuf::BytesValue> *Pour(
      grpc::CallbackServerContext *, const google::protobuf::UInt32Value *request) override {
    return new Stream(request->value());
  }
};

}  // namespace

int main(int count, char **arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: echo-grpc-cpp <address>\n");
    return 2;
  }
  Echo service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(arguments[1], grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  server->Wait();
}
