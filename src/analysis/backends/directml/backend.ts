import process from 'node:process';

import { AnalysisError } from '../../base/errors';
import type { Backend, BackendOptions } from '../backend';
import { systemDriver, windowsCards } from '../driver';
import { lowerings } from '../onnxruntime/lowering';
import { deviceBackend } from '../onnxruntime/provider';

/**
 * onnxruntime on the graphics card by DirectML, which comes with it for Windows.
 *
 * @throws AnalysisError 'invalid-input' on other systems, and where there is no such card
 */
export async function directmlBackend({ device = 0 }: BackendOptions = {}): Promise<Backend> {
  if (process.platform !== 'win32') {
    throw new AnalysisError('invalid-input', 'DirectML is a part of Windows; here is nothing to install.');
  }
  const cards = windowsCards();
  // Which of several it counts first is not said.
  const name = cards.length === 1 && device === 0 ? `${cards[0].name}, ` : '';
  return deviceBackend({
    ...{ id: 'directml', name: 'DirectML' },
    provider: 'DmlExecutionProvider',
    execution: { name: 'dml', deviceId: device },
    // What DirectML asks of its sessions.
    session: { enableMemPattern: false, executionMode: 'sequential' },
    device: `${name}Direct3D 12, card ${device}`,
    driver: systemDriver(),
    lowerings,
    remedy:
      device === 0
        ? 'A newer graphics driver may help; without a graphics card, leave --backend out.'
        : `Is there a card ${device}? They count from 0, in the order of the Task Manager’s page Performance.`,
  });
}
