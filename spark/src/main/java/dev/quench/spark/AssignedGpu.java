// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.quench.eval.cluster.ClusterException;
import dev.quench.run.Backend;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;

/// The GPU that Spark assigned to this executor (`spark.executor.resource.gpu.amount`), made the
/// only one that CUDA sees in this process. CUDA reads that from the environment when it starts, so
/// this comes before the first use of a backend on a GPU. Without an assignment nothing changes.
/// Thread-safe.
final class AssignedGpu {
  private static final String RESOURCE = "gpu";
  private static final String AMOUNT = "spark.executor.resource.gpu.amount";

  private static boolean shown;

  private AssignedGpu() {}

  /// Refuses executors with several GPUs, of which each would leave all but one idle.
  ///
  /// @throws ClusterException saying what to set
  static void requireOne(SparkConf settings, Backend backend) {
    int gpus = settings.getInt(AMOUNT, 0);
    if (gpus > 1 && backend.usesGpu()) {
      throw new ClusterException(
          "%s is %d, but an executor uses one GPU: set it to 1, and spark.task.resource.gpu.amount to 1 or less"
              .formatted(AMOUNT, gpus));
    }
  }

  /// Shows CUDA the GPU of the task that runs in this thread, for a backend that uses one.
  static synchronized void use(Backend backend) {
    TaskContext task = TaskContext.get();
    if (shown || task == null || !backend.usesGpu()) {
      return;
    }
    ResourceInformation assigned = task.resourcesJMap().get(RESOURCE);
    if (assigned != null) {
      show(assigned.addresses()[0]);
      shown = true;
    }
  }

  /// Spark's addresses are numbers as `nvidia-smi` counts, which is by place on the bus; CUDA
  /// itself counts by speed.
  private static void show(String address) {
    Map.of("CUDA_DEVICE_ORDER", "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES", address)
        .forEach(AssignedGpu::set);
  }

  @SuppressWarnings("restricted") // Spark allows its executors native access, or they warn
  private static void set(String name, String value) {
    Linker linker = Linker.nativeLinker();
    MethodHandle setenv =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("setenv"),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
    int result;
    try (Arena arena = Arena.ofConfined()) {
      result = (int) setenv.invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), 1);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a native call cannot throw", e);
    }
    if (result != 0) {
      throw new ClusterException(
          "cannot set %s; set it to %s in the executor's environment".formatted(name, value));
    }
  }
}
