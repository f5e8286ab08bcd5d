// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.quench.eval.cluster.ClusterException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Map;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.jspecify.annotations.Nullable;

/// The GPU that Spark assigned to this executor (`spark.executor.resource.gpu.amount`), made the
/// only one that CUDA sees in this process. CUDA reads that from the environment when it starts, so
/// this comes before the first use of a backend, and a process keeps the GPU of its first task.
/// Without an assignment nothing changes. Thread-safe.
final class AssignedGpu {
  private static final String RESOURCE = "gpu";

  private static @Nullable String chosen;

  private AssignedGpu() {}

  /// Chooses the GPU of the task that runs in this thread.
  ///
  /// @throws ClusterException if the tasks of this process have several GPUs
  static synchronized void use() {
    TaskContext task = TaskContext.get();
    ResourceInformation assigned = task == null ? null : task.resourcesJMap().get(RESOURCE);
    if (assigned == null) {
      return;
    }
    List<String> addresses = List.of(assigned.addresses());
    if (addresses.size() != 1 || (chosen != null && !chosen.equals(addresses.getFirst()))) {
      throw new ClusterException(
          "a task has GPU %s%s; expected one GPU an executor: set spark.executor.resource.gpu.amount to 1, and spark.task.resource.gpu.amount to 1 or less"
              .formatted(
                  String.join(", ", addresses),
                  chosen == null ? "" : ", and its executor runs on GPU " + chosen));
    }
    if (chosen == null) {
      show(addresses.getFirst());
      chosen = addresses.getFirst();
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
