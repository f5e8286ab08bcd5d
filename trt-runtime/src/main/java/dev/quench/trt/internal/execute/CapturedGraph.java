// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.execute;

import dev.quench.trt.internal.Failures;
import dev.quench.trt.internal.NativeCounters;
import dev.quench.trt.internal.build.TensorRtRelease;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.tensorrt.nvinfer.IExecutionContext;
import org.jspecify.annotations.Nullable;

/// An inference recorded as a CUDA graph: one launch instead of one per kernel. Valid for the
/// shapes and addresses that it was recorded with.
final class CapturedGraph implements AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger("dev.quench.trt");

  private final CUgraphExec_st executable;
  private boolean closed;

  private CapturedGraph(CUgraphExec_st executable) {
    this.executable = executable;
    NativeCounters.created(NativeCounters.Kind.GRAPH);
  }

  /// Records the work that the context would enqueue, without running it.
  ///
  /// @return null if this context cannot be recorded; logs the reason
  static @Nullable CapturedGraph capture(IExecutionContext context, CUstream_st stream) {
    if (!TensorRtRelease.isCapturable(context, stream)) {
      return refuse("TensorRT says that it cannot be captured");
    }
    int begun = cudart.cudaStreamBeginCapture(stream, cudart.cudaStreamCaptureModeThreadLocal);
    if (begun != cudart.cudaSuccess) {
      return refuse("cudaStreamBeginCapture returned error " + begun);
    }
    boolean enqueued = context.enqueueV3(stream);
    CUgraph_st graph = new CUgraph_st();
    int ended = cudart.cudaStreamEndCapture(stream, graph);
    if (!enqueued || ended != cudart.cudaSuccess || graph.isNull()) {
      if (!graph.isNull()) {
        cudart.cudaGraphDestroy(graph);
      }
      return refuse("capture ended with error " + ended);
    }
    CUgraphExec_st executable = new CUgraphExec_st();
    int made = cudart.cudaGraphInstantiate(executable, graph, 0);
    cudart.cudaGraphDestroy(graph);
    return made == cudart.cudaSuccess
        ? new CapturedGraph(executable)
        : refuse("cudaGraphInstantiate returned error " + made);
  }

  void launch(CUstream_st stream) {
    int code = cudart.cudaGraphLaunch(executable, stream);
    if (code != cudart.cudaSuccess) {
      Failures.requireCuda(code, "cudaGraphLaunch");
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      cudart.cudaGraphExecDestroy(executable);
      NativeCounters.freed(NativeCounters.Kind.GRAPH);
    }
  }

  private static @Nullable CapturedGraph refuse(String reason) {
    cudart.cudaGetLastError(); // clear the error: the engine runs without a graph
    LOGGER.log(System.Logger.Level.DEBUG, "no CUDA graph: " + reason);
    return null;
  }
}
