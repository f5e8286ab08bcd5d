// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import dev.quench.run.Availability;
import dev.quench.xnor.cuda.CudaException;
import dev.quench.xnor.cuda.GpuDescription;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;

/// The first GPU; times by CUDA events.
final class CudaLaboratory implements Laboratory {
  private final CudaDevice device;
  private final CUstream_st stream;
  private final CUevent_st begin = new CUevent_st();
  private final CUevent_st end = new CUevent_st();
  private final Scope scope = new Scope();
  private Cublas cublas;

  private CudaLaboratory(CudaDevice device) {
    this.device = scope.own(device);
    this.stream = device.stream();
    try {
      Failures.require(cudart.cuEventCreate(begin, 0), "cuEventCreate");
      scope.own(() -> cudart.cuEventDestroy(begin));
      Failures.require(cudart.cuEventCreate(end, 0), "cuEventCreate");
      scope.own(() -> cudart.cuEventDestroy(end));
    } catch (RuntimeException e) {
      scope.close();
      throw e;
    }
  }

  /// @param more kernels beside those of the products
  /// @throws NoGpuException where there is none, or the driver is missing
  static CudaLaboratory open(String more) {
    if (CudaProbe.availability()
        instanceof Availability.Unavailable(String reason, String remedy)) {
      throw new NoGpuException(reason, remedy);
    }
    return new CudaLaboratory(CudaDevice.open(more));
  }

  @Override
  public Device device() {
    return device;
  }

  @Override
  public int multiprocessors() {
    return device.description().multiprocessors();
  }

  @Override
  public ReferenceProducts reference() {
    if (cublas == null) {
      cublas = scope.own(new Cublas(device));
    }
    return cublas;
  }

  @Override
  public double millis(Runnable work, int runs) {
    Failures.require(cudart.cuEventRecord(begin, stream), "cuEventRecord");
    for (int i = 0; i < runs; i++) {
      work.run();
    }
    Failures.require(cudart.cuEventRecord(end, stream), "cuEventRecord");
    device.synchronize();
    float[] elapsed = new float[1];
    Failures.require(cudart.cuEventElapsedTime(elapsed, begin, end), "cuEventElapsedTime");
    return elapsed[0] / runs;
  }

  @Override
  public Runnable graph(Runnable work) {
    CUgraph_st graph = new CUgraph_st();
    Failures.require(
        cudart.cuStreamBeginCapture(stream, cudart.CU_STREAM_CAPTURE_MODE_RELAXED),
        "cuStreamBeginCapture");
    try {
      work.run();
    } finally {
      // Ends the capture too where the work failed, so that the stream can be used again.
      int code = cudart.cuStreamEndCapture(stream, graph);
      if (code == cudart.CUDA_SUCCESS) {
        scope.own(() -> cudart.cuGraphDestroy(graph));
      }
    }
    if (graph.isNull()) {
      throw new CudaException("CUDA: capturing a graph gave none");
    }
    CUgraphExec_st executable = new CUgraphExec_st();
    Failures.require(cudart.cuGraphInstantiate(executable, graph, 0), "cuGraphInstantiate");
    scope.own(() -> cudart.cuGraphExecDestroy(executable));
    return () -> Failures.require(cudart.cuGraphLaunch(executable, stream), "cuGraphLaunch");
  }

  @Override
  public Map<String, String> environment() {
    GpuDescription gpu = device.description();
    int[] runtime = new int[1];
    cudart.cudaRuntimeGetVersion(runtime);
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("gpu", gpu.name());
    facts.put("computeCapability", gpu.computeCapability());
    facts.put("multiprocessors", Integer.toString(gpu.multiprocessors()));
    facts.put("memoryBytes", Long.toString(gpu.memoryBytes()));
    driver().ifPresent(version -> facts.put("nvidiaDriver", version));
    facts.put("driverCuda", gpu.driverCuda());
    facts.put("cudaRuntime", runtime[0] / 1000 + "." + runtime[0] % 1000 / 10);
    facts.put("nvrtc", gpu.compiler());
    facts.put("cublas", cublasVersion());
    facts.put("java", Runtime.version().toString());
    facts.put("tensorCoreForm", device.prefersAnd() ? "and.popc" : "xor.popc");
    return facts;
  }

  private static Optional<String> driver() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/driver/nvidia/version"))) {
      return lines.findFirst();
    } catch (IOException | UncheckedIOException e) {
      return Optional.empty();
    }
  }

  private String cublasVersion() {
    try {
      return reference().version();
    } catch (RuntimeException | LinkageError e) {
      return "missing: " + e.getMessage();
    }
  }

  @Override
  public void close() {
    scope.close();
  }
}
