"""The types of grpc.aio with their parameters filled in, which only the stubs have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc

if TYPE_CHECKING:
    Context = grpc.aio.ServicerContext[Any, Any]
    Interceptor = grpc.aio.ServerInterceptor[Any, Any]
    Generic = grpc.GenericRpcHandler[Any, Any]
    Handler = grpc.RpcMethodHandler[Any, Any]
else:
    Context, Interceptor = grpc.aio.ServicerContext, grpc.aio.ServerInterceptor
    Generic, Handler = grpc.GenericRpcHandler, grpc.RpcMethodHandler
